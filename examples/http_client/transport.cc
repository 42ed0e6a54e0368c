#include "examples/http_client/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace http_client {
namespace {

// libcurl's own state for the whole process; made once, before any handle.
void InitLibcurlOnce() {
  [[maybe_unused]] static const CURLcode once =
      curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL* NewEasyHandle() {
  InitLibcurlOnce();
  return curl_easy_init();
}

template <typename Value>
void Set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

size_t TakeBody(char* data, size_t, size_t size, void* sink) {
  if (size == 0) return 0;
  const bool go_on =
      static_cast<ResponseSink*>(sink)->OnBody(std::string_view(data, size));
  // Anything but `size` breaks the transfer off.
  return go_on ? size : 0;
}

size_t TakeHeadLine(char* data, size_t, size_t size, void* sink) {
  static_cast<ResponseSink*>(sink)->OnHeadLine(std::string_view(data, size));
  return size;
}

absl::StatusCode StatusCodeOf(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return absl::StatusCode::kOk;
    case CURLE_OPERATION_TIMEDOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return absl::StatusCode::kInvalidArgument;
    case CURLE_WRITE_ERROR:
      return absl::StatusCode::kCancelled;
    case CURLE_OUT_OF_MEMORY:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// One part of `url`; empty if it has none.
std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
    return {};
  }
  std::string result(text);
  curl_free(text);
  return result;
}

}  // namespace

absl::StatusOr<std::string> PeerOf(const std::string& url) {
  InitLibcurlOnce();
  std::unique_ptr<CURLU, FreeUrl> parts(curl_url());
  if (const CURLUcode code =
          curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0);
      code != CURLUE_OK) {
    return absl::InvalidArgumentError(url + ": " + curl_url_strerror(code));
  }
  if (UrlPart(parts.get(), CURLUPART_SCHEME) != "http") {
    return absl::InvalidArgumentError(url + ": not an http URL");
  }
  return UrlPart(parts.get(), CURLUPART_HOST) + ":" +
         UrlPart(parts.get(), CURLUPART_PORT);
}

Transport::Transport(DescriptorsChanged changed)
    : changed_(std::move(changed)), easy_(NewEasyHandle()) {
  Set(easy_, CURLOPT_NOSIGNAL, 1L);
  Set(easy_, CURLOPT_MAXCONNECTS, 1L);
  Set(easy_, CURLOPT_PROXY, "");
  Set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(easy_, CURLOPT_ERRORBUFFER, error_.data());
  Set(easy_, CURLOPT_PROTOCOLS_STR, "http");
  Set(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transport::OpenSocket);
  Set(easy_, CURLOPT_OPENSOCKETDATA, this);
  Set(easy_, CURLOPT_CLOSESOCKETFUNCTION, &Transport::CloseSocket);
  Set(easy_, CURLOPT_CLOSESOCKETDATA, this);
  Set(easy_, CURLOPT_WRITEFUNCTION, &TakeBody);
  Set(easy_, CURLOPT_HEADERFUNCTION, &TakeHeadLine);
}

Transport::~Transport() { curl_easy_cleanup(easy_); }

void Transport::Prepare(const std::string& url,
                        std::chrono::milliseconds timeout, ResponseSink* sink) {
  Set(easy_, CURLOPT_URL, url.c_str());
  // Zero would mean no limit.
  Set(easy_, CURLOPT_TIMEOUT_MS,
      static_cast<long>(std::max<int64_t>(timeout.count(), 1)));
  Set(easy_, CURLOPT_WRITEDATA, sink);
  Set(easy_, CURLOPT_HEADERDATA, sink);
  error_[0] = '\0';
  in_order_ = false;
  socket_error_ = 0;
  std::lock_guard<std::mutex> lock(mutex_);
  interrupted_ = false;
}

absl::Status Transport::Perform() {
  const CURLcode code = curl_easy_perform(easy_);
  in_order_ = code == CURLE_OK;
  if (in_order_) return absl::OkStatus();
  if (socket_error_ != 0) return absl::ErrnoToStatus(socket_error_, "socket");
  return absl::Status(StatusCodeOf(code), error_[0] != '\0'
                                              ? error_.c_str()
                                              : curl_easy_strerror(code));
}

curl_off_t Transport::ContentLength() const {
  curl_off_t length = -1;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return length;
}

void Transport::Interrupt() {
  // Under the lock that closing takes: a number that was closed may be
  // somebody else's by now.
  std::lock_guard<std::mutex> lock(mutex_);
  interrupted_ = true;
  for (const int descriptor : descriptors_) shutdown(descriptor, SHUT_RDWR);
}

bool Transport::Reusable() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return in_order_ && !interrupted_ && !descriptors_.empty();
}

bool Transport::IsAlive() const {
  const std::vector<int> open = descriptors();
  if (open.empty()) return false;
  char byte;
  // An idle server has nothing to say: an end, an error and a byte that nobody
  // asked for are all reasons to leave this connection.
  return recv(open.front(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

curl_socket_t Transport::OpenSocket(void* transport, curlsocktype,
                                    curl_sockaddr* address) {
  auto* self = static_cast<Transport*>(transport);
  const int descriptor = socket(
      address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (descriptor < 0) {
    self->socket_error_ = errno;
    return CURL_SOCKET_BAD;
  }
  self->socket_error_ = 0;
  {
    std::lock_guard<std::mutex> lock(self->mutex_);
    self->descriptors_.push_back(descriptor);
  }
  self->changed_(self->descriptors());
  return descriptor;
}

int Transport::CloseSocket(void* transport, curl_socket_t descriptor) {
  auto* self = static_cast<Transport*>(transport);
  int result = 0;
  {
    std::lock_guard<std::mutex> lock(self->mutex_);
    auto& open = self->descriptors_;
    open.erase(std::remove(open.begin(), open.end(), descriptor), open.end());
    result = close(descriptor);
  }
  self->changed_(self->descriptors());
  return result;
}

std::vector<int> Transport::descriptors() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return descriptors_;
}

}  // namespace http_client
