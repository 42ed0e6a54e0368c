// One request on its way, and its response while it arrives.

#ifndef EXAMPLES_HTTP_CLIENT_EXCHANGE_H_
#define EXAMPLES_HTTP_CLIENT_EXCHANGE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/http_client/body_stream.h"
#include "examples/http_client/connection_pool.h"
#include "examples/http_client/response_head.h"
#include "examples/http_client/transport.h"

namespace http_client {

// From Start() until the body has been read to its end, or Close(), it holds a
// thread ("http-body"), and a leased connection with its socket. A body that is
// empty has been read to its end when Start() returns.
//
// To be used by one thread at a time.
class Exchange : private ResponseSink {
 public:
  // `connection` was acquired from `pool`, which must outlive the exchange's
  // end, and is given back to it at that end.
  Exchange(ConnectionPool* pool, ConnectionPool::Connection* connection)
      : pool_(pool), connection_(connection) {}
  ~Exchange() override { Close(); }

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Makes the request. Returns when the first byte of the body, or the end of
  // the response, is there. When it fails, the exchange has ended.
  absl::Status Start(const std::string& url, std::chrono::milliseconds timeout);

  const ResponseHead& head() const { return head_; }

  // See ResponseHandle.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);
  void Close();

  // Whether nothing is held any more. May be asked by any thread.
  bool ended() const { return ended_.load(std::memory_order_acquire); }

 private:
  void OnHeadLine(std::string_view line) override { head_.AddLine(line); }
  bool OnBody(std::string_view piece) override;

  // Joins the thread and gives the connection back.
  void End();

  ConnectionPool* const pool_;
  ConnectionPool::Connection* const connection_;
  ResponseHead head_;
  BodyStream stream_;
  std::thread worker_;
  bool body_began_ = false;  // the worker's own
  // Of the body, in bytes; negative if the server does not say.
  int64_t length_ = -1;
  int64_t taken_ = 0;  // bytes read so far
  bool closed_ = false;
  std::atomic<bool> ended_ = false;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_EXCHANGE_H_
