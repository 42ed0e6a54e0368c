// The examples of the pools' headers; see header_examples_test.cc.

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"

namespace with_books {

// connection_pool.h
class Pool final : public leaktrap::ConnectionPool {
 public:
  std::string name() const override { return "http"; }
  std::vector<leaktrap::PooledConnection> Connections() const override;
  leaktrap::PoolCounts Counts() const override;

  leaktrap::PooledConnection* Acquire();
  void GiveBack() { connection_.lease = 0; }

 private:
  leaktrap::PooledConnection connection_;
  leaktrap::PoolRegistration registration_{this};  // the last member
};

std::vector<leaktrap::PooledConnection> Pool::Connections() const {
  return {connection_};
}

leaktrap::PoolCounts Pool::Counts() const {
  leaktrap::PoolCounts counts;
  (connection_.leased() ? counts.leased : counts.idle) = 1;
  return counts;
}

using Connection = leaktrap::PooledConnection;

// checkout.h
Connection* Pool::Acquire() {
  Connection* const connection = &connection_;
  connection->lease = 1;
  connection->checkout = leaktrap::RecordCheckout();
  return connection;
}

TEST(HeaderExample, ConnectionPool) {
  Pool pool;
  EXPECT_EQ(pool.Counts().idle, 1);
  // The recorder is linked in, so it is known who checked it out.
  EXPECT_NE(pool.Acquire()->checkout.opaque[0], 0u);
  EXPECT_EQ(pool.Counts().leased, 1);
  pool.GiveBack();
}

}  // namespace with_books

namespace with_a_ledger {

struct Handle {
  uint64_t id;
  leaktrap::Lease lease;
};

// lease_ledger.h
class Pool {
 public:
  Handle Acquire() {
    Handle handle{ledger_.Open("127.0.0.1:80"), {}};
    handle.lease = ledger_.CheckOut(handle.id);
    return handle;  // when the handle dies, the lease is given back
  }
  int leased() const { return ledger_.Counts().leased; }

 private:
  leaktrap::LeaseLedger ledger_{"http"};
};

TEST(HeaderExample, LeaseLedger) {
  Pool pool;
  {
    const Handle handle = pool.Acquire();
    EXPECT_EQ(pool.leased(), 1);
  }
  EXPECT_EQ(pool.leased(), 0);
}

}  // namespace with_a_ledger
