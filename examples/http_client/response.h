// A response, in two layers: ResponseHandle, which is released by hand, and
// Response, which releases itself.

#ifndef EXAMPLES_HTTP_CLIENT_RESPONSE_H_
#define EXAMPLES_HTTP_CLIENT_RESPONSE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/http_client/exchange.h"

namespace http_client {

// The manual layer: like a file descriptor, it can be copied, and forgotten.
//
// Until its body has been read to the end, or Close(), a response holds a
// thread and a connection of the pool, however small the body is. Letting go of
// the handle releases nothing. A response with an empty body holds nothing.
//
// All copies together are to be used by one thread at a time.
class ResponseHandle {
 public:
  explicit ResponseHandle(std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)) {}

  int status() const { return exchange_->head().status(); }
  std::optional<std::string> Header(std::string_view name) const {
    return exchange_->head().Header(name);
  }

  // Waits for bytes of the body and copies at most `size` of them to `buffer`.
  // Returns how many; zero only at the end, or for a `size` of zero. An error
  // means that the rest will not come; it releases what the response held, as
  // the end does.
  absl::StatusOr<size_t> Read(char* buffer, size_t size) const {
    return exchange_->Read(buffer, size);
  }

  // Releases what the response still holds. Breaks the transfer off, and closes
  // its connection, if the body has not been read to the end. Does nothing when
  // called again.
  void Close() const { exchange_->Close(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

// A response that closes itself.
class Response {
 public:
  explicit Response(ResponseHandle handle) : handle_(std::move(handle)) {}
  Response(Response&& other) noexcept
      : handle_(std::exchange(other.handle_, std::nullopt)) {}
  Response& operator=(Response&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Response() {
    if (handle_) handle_->Close();
  }

  int status() const { return handle_->status(); }
  std::optional<std::string> Header(std::string_view name) const {
    return handle_->Header(name);
  }

  // As ResponseHandle::Read().
  absl::StatusOr<size_t> Read(char* buffer, size_t size) {
    return handle_->Read(buffer, size);
  }

  // All of the body that has not been read yet.
  absl::StatusOr<std::string> ReadAll();

 private:
  std::optional<ResponseHandle> handle_;  // empty when moved from
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_RESPONSE_H_
