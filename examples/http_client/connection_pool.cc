#include "examples/http_client/connection_pool.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace http_client {

ConnectionPool::Connection::Connection(std::string peer,
                                       leaktrap::LeaseLedger* ledger)
    : peer_(std::move(peer)),
      id_(ledger->Open(peer_)),
      transport_([this, ledger](std::vector<int> descriptors) {
        ledger->SetDescriptors(id_, std::move(descriptors));
      }) {}

ConnectionPool::ConnectionPool(std::string name, const PoolLimits& limits)
    : limits_(limits), ledger_(std::move(name)) {}

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
    leaktrap::Lease lease = std::move(connection->lease_);
    Erase(connection);
    lease.Discard();
  }
  released_.notify_all();
}

ConnectionPool::Census ConnectionPool::Count(const std::string& peer) const {
  Census census;
  for (const auto& connection : connections_) {
    if (!peer.empty() && connection->peer_ != peer) continue;
    ++census.open;
    if (connection->idle()) ++census.idle;
  }
  return census;
}

void ConnectionPool::CloseExpired() {
  const Clock::time_point oldest = Clock::now() - limits_.idle_timeout;
  for (size_t i = connections_.size(); i-- > 0;) {
    Connection* const connection = connections_[i].get();
    if (connection->idle() && connection->idle_since_ <= oldest) {
      CloseIdle(connection);
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

bool ConnectionPool::MakeRoomFor(const std::string& peer) {
  if (Count(peer).open >= limits_.connections_per_peer) return false;
  if (Count("").open < limits_.connections) return true;
  // The one that has been idle for longest, to another peer.
  Connection* oldest = nullptr;
  for (const auto& connection : connections_) {
    if (!connection->idle()) continue;
    if (!oldest || connection->idle_since_ < oldest->idle_since_) {
      oldest = connection.get();
    }
  }
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
  if (!MakeRoomFor(peer)) return nullptr;
  connections_.emplace_back(new Connection(peer, &ledger_));
  Connection* const connection = connections_.back().get();
  connection->lease_ = ledger_.CheckOut(connection->id_);
  return connection;
}

void ConnectionPool::CloseIdle(Connection* connection) {
  const uint64_t id = connection->id_;
  Erase(connection);
  ledger_.Discard(id);
}

void ConnectionPool::Erase(Connection* connection) {
  connections_.erase(std::find_if(
      connections_.begin(), connections_.end(),
      [connection](const auto& held) { return held.get() == connection; }));
}

}  // namespace http_client
