// A small HTTP/1.1 client over libcurl that keeps connections alive.
//
//   http_client::Client client;
//   absl::StatusOr<http_client::Response> response = client.Get(url);
//   if (!response.ok() || response->status() != 200) return false;
//   absl::StatusOr<std::string> body = response->ReadAll();
//
// http:// URLs and GET only; no redirects are followed and no proxy is used.

#ifndef EXAMPLES_HTTP_CLIENT_HTTP_CLIENT_H_
#define EXAMPLES_HTTP_CLIENT_HTTP_CLIENT_H_

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/http_client/connection_pool.h"
#include "examples/http_client/exchange.h"
#include "examples/http_client/response.h"

namespace http_client {

struct ClientOptions {
  std::string name = "http";  // of the pool, in Leaktrap's reports
  PoolLimits limits;
  // For a request as a whole, from the wait for a connection to the last byte
  // of the body. Time that the reader takes counts, but is noticed only when
  // the reader goes on.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(30);
};

// Thread-safe. Starts no thread of its own: only a response with a body that is
// being read has one.
class Client {
 public:
  explicit Client(const ClientOptions& options = {});

  // Closes the responses that are still open. No other thread may use the
  // client or a response of it meanwhile; responses may outlive the client,
  // closed.
  ~Client();

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends a request and returns when the first byte of the body, or the end of
  // the response, is there. An answer of any status is a success. The caller
  // reads the body to the end or calls Close().
  //
  // Errors: INVALID_ARGUMENT for the URL, RESOURCE_EXHAUSTED when no connection
  // came back to the pool in time or the process may open no more descriptors
  // ("Too many open files"), DEADLINE_EXCEEDED, UNAVAILABLE when the server
  // cannot be reached or breaks off.
  absl::StatusOr<ResponseHandle> Open(const std::string& url);

  // The same, with a response that closes itself.
  absl::StatusOr<Response> Get(const std::string& url);

  leaktrap::PoolCounts Counts() const { return pool_.Counts(); }

 private:
  const std::chrono::milliseconds request_timeout_;
  ConnectionPool pool_;
  std::mutex mutex_;
  // What was opened and may not have ended: somebody must own what everybody
  // forgot. Those that have ended are dropped by the next Open().
  std::vector<std::shared_ptr<Exchange>> exchanges_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_HTTP_CLIENT_H_
