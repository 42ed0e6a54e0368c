#include <string>

#include "gtest/gtest.h"
#include "leaktrap/pool/lease_tracker.h"

struct Connection {
  bool in_transaction = false;
};

class Pool {  // yours, or somebody else's
 public:
  Connection* Checkout() { return &connection_; }
  void Checkin(Connection*) {}

 private:
  Connection connection_;
};

Pool pool;
leaktrap::LeaseTracker leases("db");  // beside it

struct Inspector {
  leaktrap::LeaseTracker::Details Describe(const Connection*) const {
    return {"127.0.0.1:5432", {}};  // to whom, and on which descriptors
  }
  std::string Dirt(const Connection* connection) const {
    return connection->in_transaction ? "inside a transaction" : "";
  }
};

auto Acquire() {  // in place of pool.Checkout() and pool.Checkin()
  return leases.Lend([] { return pool.Checkout(); },
                     [](Connection* c) { pool.Checkin(c); }, Inspector());
}

TEST(Orders, AreCounted) { EXPECT_FALSE(Acquire()->in_transaction); }

TEST(Orders, ForgetTheConnection) { Acquire().release(); }

TEST(Orders, AreNotCommitted) { Acquire()->in_transaction = true; }
