// A pool of connections to PostgreSQL.
//
//   Pool pool("db", conninfo);
//   const Pool::Handle connection = pool.CheckOut();
//   connection->Execute("SELECT 1");
//
// The books are kept in a leaktrap::LeaseLedger, and a
// leaktrap::libpq::Inspector looks at what comes back: that is all that
// Leaktrap needs.

#ifndef EXAMPLES_POSTGRES_POOL_POOL_H_
#define EXAMPLES_POSTGRES_POOL_POOL_H_

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "examples/postgres_pool/connection.h"
#include "leaktrap/pool/lease_ledger.h"

namespace postgres_pool {

// No connection came back in time.
class PoolExhausted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct PoolOptions {
  int size = 4;  // connections that are open at one time, at most

  // How long a checkout waits for a connection to come back.
  std::chrono::milliseconds patience = std::chrono::seconds(5);

  // Called by a checkout that waited in vain, before it throws: to log who has
  // the connections.
  std::function<void()> on_exhausted;
};

// Thread-safe. Connections are opened when they are needed first, and kept for
// the next who asks. One that has lost its server is closed when it comes back.
// The pool does not end transactions: who begins one ends it.
class Pool {
  class State;

 public:
  // Gives a connection back.
  class GiveBack {
   public:
    GiveBack() = default;
    explicit GiveBack(std::shared_ptr<State> state);
    void operator()(Connection* connection) const;

   private:
    std::shared_ptr<State> state_;
  };

  // May outlive the pool: then it closes its connection.
  using Handle = std::unique_ptr<Connection, GiveBack>;

  // Leaktrap reports connections under `name`.
  Pool(const std::string& name, std::string conninfo, PoolOptions options = {});
  ~Pool();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Waits for a connection. Throws PoolExhausted, and DatabaseError where a new
  // one could not be opened.
  Handle CheckOut();

  // The same by hand: each Acquire() asks for a Release().
  Connection* Acquire();
  void Release(Connection* connection);

  leaktrap::PoolCounts Counts() const { return ledger_.Counts(); }

 private:
  leaktrap::LeaseLedger ledger_;
  std::shared_ptr<State> state_;
};

}  // namespace postgres_pool

#endif  // EXAMPLES_POSTGRES_POOL_POOL_H_
