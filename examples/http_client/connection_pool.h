// Keep-alive connections: which are in use, which wait for the next request.
//
// The books are kept in a leaktrap::LeaseLedger: that is all it takes for
// Leaktrap to tell a connection that was forgotten from one that is idle.

#ifndef EXAMPLES_HTTP_CLIENT_CONNECTION_POOL_H_
#define EXAMPLES_HTTP_CLIENT_CONNECTION_POOL_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/http_client/transport.h"
#include "leaktrap/pool/lease_ledger.h"

namespace http_client {

struct PoolLimits {
  int connections = 8;  // open at one time, leased and idle together
  int connections_per_peer = 4;
  int idle = 8;  // kept for the next request
  int idle_per_peer = 2;
  // An idle connection that is older is not used again but closed, by the next
  // Acquire(): no thread waits for the time to pass.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(90);
};

// Thread-safe.
class ConnectionPool {
 public:
  using Clock = std::chrono::steady_clock;

  class Connection {
   public:
    Transport& transport() { return transport_; }

   private:
    friend class ConnectionPool;
    Connection(std::string peer, leaktrap::LeaseLedger* ledger);

    bool idle() const { return !lease_; }

    const std::string peer_;  // "host:port"
    const uint64_t id_;       // the ledger's
    Clock::time_point idle_since_;
    Transport transport_;
    leaktrap::Lease lease_;
  };

  // Leaktrap reports connections under `name`.
  ConnectionPool(std::string name, const PoolLimits& limits);

  // Leases a connection to `peer`, which is "host:port": an idle one that the
  // server has left open, else a new one. When the limits allow neither it
  // waits for a lease to come back; RESOURCE_EXHAUSTED after `deadline`. The
  // pool owns the connection, which is the caller's until Release().
  absl::StatusOr<Connection*> Acquire(const std::string& peer,
                                      Clock::time_point deadline);

  // Gives a connection back: to be idle if it is fit for another request and
  // the limits leave room, else to be closed.
  void Release(Connection* connection);

  leaktrap::PoolCounts Counts() const { return ledger_.Counts(); }

 private:
  struct Census {
    int open = 0;  // leased and idle
    int idle = 0;
  };

  // What follows is to be called with the lock held.

  // Counts the connections to `peer`, all of them for an empty one.
  Census Count(const std::string& peer) const;
  void CloseExpired();
  // The idle connection to `peer` that was used last; null if there is none.
  Connection* NewestIdle(const std::string& peer);
  // Whether one more may be opened to `peer`; closes one to another to make
  // room.
  bool MakeRoomFor(const std::string& peer);
  Connection* TryAcquire(const std::string& peer);
  void CloseIdle(Connection* connection);
  // Closes it.
  void Erase(Connection* connection);

  const PoolLimits limits_;
  std::mutex mutex_;
  std::condition_variable released_;
  // Before the connections: their handles tell it what they close.
  leaktrap::LeaseLedger ledger_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_CONNECTION_POOL_H_
