#include "examples/http_client/http_client.h"

#include <algorithm>
#include <utility>

#include "examples/http_client/transport.h"

namespace http_client {

Client::Client(const ClientOptions& options)
    : request_timeout_(options.request_timeout),
      pool_(options.name, options.limits) {}

Client::~Client() {
  for (const auto& exchange : exchanges_) exchange->Close();
}

absl::StatusOr<ResponseHandle> Client::Open(const std::string& url) {
  using Clock = ConnectionPool::Clock;
  const Clock::time_point deadline = Clock::now() + request_timeout_;
  const absl::StatusOr<std::string> peer = PeerOf(url);
  if (!peer.ok()) return peer.status();
  const absl::StatusOr<ConnectionPool::Connection*> connection =
      pool_.Acquire(*peer, deadline);
  if (!connection.ok()) return connection.status();

  auto exchange = std::make_shared<Exchange>(&pool_, *connection);
  const absl::Status started = exchange->Start(
      url, std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                                 Clock::now()));
  if (!started.ok()) return started;

  std::lock_guard<std::mutex> lock(mutex_);
  exchanges_.erase(
      std::remove_if(exchanges_.begin(), exchanges_.end(),
                     [](const auto& exchange) { return exchange->ended(); }),
      exchanges_.end());
  if (!exchange->ended()) exchanges_.push_back(exchange);
  return ResponseHandle(std::move(exchange));
}

absl::StatusOr<Response> Client::Get(const std::string& url) {
  absl::StatusOr<ResponseHandle> handle = Open(url);
  if (!handle.ok()) return handle.status();
  return Response(*std::move(handle));
}

}  // namespace http_client
