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
    explicit Connection(leaktrap::LeaseLedger* ledger);

    bool open() const { return id_ != 0; }
    bool idle() const { return open() && !lease_; }

    uint64_t id_ = 0;   // the ledger's; zero while nothing is connected
    std::string peer_;  // "host:port"
    Clock::time_point idle_since_;
    Transport transport_;
    leaktrap::Lease lease_;
  };

  // Leaktrap reports connections under `name`. Makes all handles at once, so
  // that a request later on opens its connection and nothing else.
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
  // A connection that is free to be opened to `peer` within the limits; null
  // if there is none.
  Connection* RoomFor(const std::string& peer);
  Connection* TryAcquire(const std::string& peer);
  void CloseIdle(Connection* connection);
  static void Forget(Connection* connection);

  const PoolLimits limits_;
  std::mutex mutex_;
  std::condition_variable released_;
  // Before the connections: their handles tell it what they close.
  leaktrap::LeaseLedger ledger_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_CONNECTION_POOL_H_
