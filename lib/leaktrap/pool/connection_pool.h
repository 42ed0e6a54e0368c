// A connection pool, as Leaktrap sees it.
//
// A pool tells which of its connections are leased (checked out by somebody)
// and which are idle (kept for re-use). A lease that a test leaves behind is a
// leak; an idle connection never is, and neither are the descriptors that it
// sits on.
//
// A pool that keeps its own books implements ConnectionPool and holds a
// PoolRegistration. One that would rather not keep books holds a LeaseLedger
// (lease_ledger.h), which is a ConnectionPool already.
//
//   class Pool final : public leaktrap::ConnectionPool {
//    public:
//     std::string name() const override { return "http"; }
//     std::vector<leaktrap::PooledConnection> Connections() const override;
//     leaktrap::PoolCounts Counts() const override;
//     ...
//    private:
//     ...
//     leaktrap::PoolRegistration registration_{this};  // the last member
//   };
//
// Fit for production code: needs neither GoogleTest nor Abseil.

#ifndef LEAKTRAP_POOL_CONNECTION_POOL_H_
#define LEAKTRAP_POOL_CONNECTION_POOL_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/pool/checkout.h"

namespace leaktrap {

struct PooledConnection {
  // Tells apart the connections of one pool, for as long as the pool lives.
  uint64_t id = 0;

  // The number of the checkout that holds the connection: a number that no two
  // checkouts of one pool share. Zero when the connection is idle.
  uint64_t lease = 0;

  // Who is at the other end, for the report: "127.0.0.1:5432".
  std::string peer;

  // The descriptors that the connection sits on; may be empty. A number that
  // still stands here after its descriptor was closed excuses whatever gets
  // that number next.
  std::vector<int> descriptors;

  // When it was checked out or, when idle, given back (or opened).
  std::chrono::steady_clock::time_point since;

  // What RecordCheckout() gave when it was checked out.
  Checkout checkout = {};

  // The threads that serve it, by gettid(2); they end with the connection. May
  // be empty. Those of an idle connection are no leaks, nor is what they made.
  std::vector<pid_t> threads = {};

  bool leased() const { return lease != 0; }
};

struct PoolCounts {
  int leased = 0;
  int idle = 0;
  // Totals since the pool was made; negative if the pool cannot tell.
  int64_t opened = 0;
  int64_t discarded = 0;
};

class ConnectionPool {
 public:
  virtual ~ConnectionPool() = default;

  // The same for as long as the pool lives; rules' globs match it.
  virtual std::string name() const = 0;

  // Every connection of the pool, leased and idle, in any order. Called on the
  // testing thread while other threads may use the pool; must not register or
  // unregister a pool, and must not wait for what a lost thread may hold: throw
  // instead, and the test fails because it could not be looked.
  virtual std::vector<PooledConnection> Connections() const = 0;

  // As Connections(), for the numbers alone. May be called by any thread.
  virtual PoolCounts Counts() const = 0;

  // The most connections that were leased at one time since the last call (at
  // first, since the pool was made), and so never fewer than are leased now.
  // Nothing if the pool cannot tell. Called as Connections() is, by one caller
  // for the whole process: calling it yourself takes the peak away from the
  // verifier.
  virtual std::optional<int> TakePeakLeased() { return std::nullopt; }

  // True for what other pools are made of: a client library's handles, each of
  // them a lease from its making to its end. One that sits on a descriptor that
  // another pool names is then that pool's business, idle or leased, with all
  // that it sits on, and is not told for itself. Its descriptors come and go
  // while it is held, by whoever made it: it alone is told, never they.
  virtual bool OtherPoolsAreMadeOfIt() const { return false; }

  // How a lease is ended, for the report: "curl_easy_cleanup(3)". Empty for
  // giving the connection back to the pool.
  virtual std::string ReleaseAdvice() const { return ""; }

  // True if no lease ends by itself: by time, by the server's doing, by another
  // process. Then a lease may be reported without waiting for its end.
  virtual bool OnlyThisProcessChangesIt() const { return false; }
};

// Lets the verifier see `pool` for as long as the registration lives. Declare
// it as the last member of the pool, so that it is gone before the books are,
// and make the pool's class final: what derives from it would be seen half
// built and half destroyed.
//
// Its destructor waits for a look at the pool that is under way to end.
//
// A pool that dies with leases outstanding is not forgotten: they stay visible
// as leases of a pool that is gone.
//
// Thread-safe. Must not be made or destroyed while a lock is held that one of
// the pool's functions above takes.
class PoolRegistration {
 public:
  // `pool` is not owned and must outlive the registration.
  explicit PoolRegistration(ConnectionPool* pool);
  ~PoolRegistration();

  PoolRegistration(const PoolRegistration&) = delete;
  PoolRegistration& operator=(const PoolRegistration&) = delete;

  // Tells apart all pools ever registered in this process; never zero.
  uint64_t serial() const { return serial_; }

 private:
  const uint64_t serial_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_POOL_CONNECTION_POOL_H_
