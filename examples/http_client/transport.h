// One libcurl easy handle, and the one connection that it keeps alive: libcurl
// closes a connection of a handle only together with the handle.

#ifndef EXAMPLES_HTTP_CLIENT_TRANSPORT_H_
#define EXAMPLES_HTTP_CLIENT_TRANSPORT_H_

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace http_client {

// "host:port" of an http URL; an error for anything else.
absl::StatusOr<std::string> PeerOf(const std::string& url);

// Is told what arrives, on the thread that performs.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  // One line of the head, line end included.
  virtual void OnHeadLine(std::string_view line) = 0;

  // A piece of the body, never empty; false breaks the transfer off.
  virtual bool OnBody(std::string_view piece) = 0;
};

// For one request at a time. All but Interrupt() is to be called by one thread
// at a time.
class Transport {
 public:
  // Told the descriptors of the connection whenever they change; called on the
  // thread that performs or closes.
  using DescriptorsChanged = std::function<void(std::vector<int>)>;

  explicit Transport(DescriptorsChanged changed);
  // Closes the connection, if there is one.
  ~Transport();

  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Gets the next Perform() ready. `timeout` is for the whole transfer.
  void Prepare(const std::string& url, std::chrono::milliseconds timeout,
               ResponseSink* sink);

  // Makes the request and returns when all of it is over. The connection stays
  // open if it can serve again.
  absl::Status Perform();

  // How long the body is that arrives; negative if the server does not say. To
  // be asked on the performing thread, from OnBody().
  curl_off_t ContentLength() const;

  // Breaks off the Perform() of another thread, wherever it waits. The
  // connection is not fit for re-use after that.
  void Interrupt();

  // Whether the connection is open and the last transfer left it in order.
  bool Reusable() const;

  // Whether the server has left an idle connection open and silent.
  bool IsAlive() const;

 private:
  static curl_socket_t OpenSocket(void* transport, curlsocktype purpose,
                                  curl_sockaddr* address);
  static int CloseSocket(void* transport, curl_socket_t descriptor);

  std::vector<int> descriptors() const;

  const DescriptorsChanged changed_;
  CURL* const easy_;

  bool in_order_ = false;  // how the last Perform() ended
  // Why it got no socket, an errno; libcurl itself says only that it could not
  // connect. Zero if it got one.
  int socket_error_ = 0;
  std::string error_ = std::string(CURL_ERROR_SIZE, '\0');

  mutable std::mutex mutex_;
  std::vector<int> descriptors_;
  bool interrupted_ = false;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_TRANSPORT_H_
