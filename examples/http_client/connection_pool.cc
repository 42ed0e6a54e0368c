#include "examples/http_client/connection_pool.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace http_client {

ConnectionPool::Connection::Connection(leaktrap::LeaseLedger* ledger)
    : transport_([this, ledger](std::vector<int> descriptors) {
        ledger->SetDescriptors(id_, std::move(descriptors));
      }) {}

ConnectionPool::ConnectionPool(std::string name, const PoolLimits& limits)
    : limits_(limits), ledger_(std::move(name)) {
  for (int i = 0; i < limits_.connections; ++i) {
    connections_.emplace_back(new Connection(&ledger_));
  }
}

absl::StatusOr<ConnectionPool::Connection*> ConnectionPool::Acquire(
    const std::string& peer, Clock::time_point deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    CloseExpired();
    if (Connection* connection = TryAcquire(peer)) return connection;
    if (released_.wait_until(lock, deadline) == std::cv_status::timeout) {
      // One more look: a release may have come together with the time-out.
      if (Connection* connection = TryAcquire(peer)) return connection;
      return absl::ResourceExhaustedError(absl::StrCat(
          "no connection to ", peer, " came back in time: ", Count(peer).open,
          " of ", limits_.connections_per_peer, " to it and ", Count("").open,
          " of ", limits_.connections, " in all are in use"));
    }
  }
}

void ConnectionPool::Release(Connection* connection) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (connection->transport_.Reusable() &&
      Count(connection->peer_).idle < limits_.idle_per_peer &&
      Count("").idle < limits_.idle) {
    connection->idle_since_ = Clock::now();
    connection->lease_.Return();
  } else {
    connection->transport_.CloseConnection();
    connection->lease_.Discard();
    Forget(connection);
  }
  released_.notify_all();
}

ConnectionPool::Census ConnectionPool::Count(const std::string& peer) const {
  Census census;
  for (const auto& connection : connections_) {
    if (!connection->open()) continue;
    if (!peer.empty() && connection->peer_ != peer) continue;
    ++census.open;
    if (connection->idle()) ++census.idle;
  }
  return census;
}

void ConnectionPool::CloseExpired() {
  const Clock::time_point oldest = Clock::now() - limits_.idle_timeout;
  for (const auto& connection : connections_) {
    if (connection->idle() && connection->idle_since_ <= oldest) {
      CloseIdle(connection.get());
    }
  }
}

ConnectionPool::Connection* ConnectionPool::NewestIdle(
    const std::string& peer) {
  Connection* newest = nullptr;
  for (const auto& connection : connections_) {
    if (!connection->idle() || connection->peer_ != peer) continue;
    if (!newest || connection->idle_since_ > newest->idle_since_) {
      newest = connection.get();
    }
  }
  return newest;
}

ConnectionPool::Connection* ConnectionPool::RoomFor(const std::string& peer) {
  if (Count(peer).open >= limits_.connections_per_peer) return nullptr;
  Connection* oldest = nullptr;
  for (const auto& connection : connections_) {
    if (!connection->open()) return connection.get();
    if (!connection->idle()) continue;
    if (!oldest || connection->idle_since_ < oldest->idle_since_) {
      oldest = connection.get();
    }
  }
  // All are open: the one that has been idle for longest, to another peer,
  // makes room.
  if (oldest) CloseIdle(oldest);
  return oldest;
}

ConnectionPool::Connection* ConnectionPool::TryAcquire(
    const std::string& peer) {
  while (Connection* connection = NewestIdle(peer)) {
    if (connection->transport_.IsAlive()) {
      connection->lease_ = ledger_.CheckOut(connection->id_);
      return connection;
    }
    CloseIdle(connection);
  }
  Connection* connection = RoomFor(peer);
  if (!connection) return nullptr;
  connection->peer_ = peer;
  connection->id_ = ledger_.Open(peer);
  connection->lease_ = ledger_.CheckOut(connection->id_);
  return connection;
}

void ConnectionPool::CloseIdle(Connection* connection) {
  connection->transport_.CloseConnection();
  ledger_.Discard(connection->id_);
  Forget(connection);
}

void ConnectionPool::Forget(Connection* connection) {
  connection->id_ = 0;
  connection->peer_.clear();
}

}  // namespace http_client
