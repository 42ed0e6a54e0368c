// The examples of pool/lease_tracker.h; see header_examples_test.cc.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/pool/lease_tracker.h"

namespace {

struct Connection {
  std::string peer() const { return "127.0.0.1:5432"; }
  int fd() const { return 0; }
  bool in_transaction() const { return false; }
};

struct Pool {
  struct GiveBack {
    void operator()(Connection*) const {}
  };
  std::unique_ptr<Connection, GiveBack> Acquire() {
    return std::unique_ptr<Connection, GiveBack>(&connection);
  }
  Connection* checkout() { return &connection; }
  void checkin(Connection*) {}

  Connection connection;
};

Pool pool;

TEST(LeaseTrackerExample, Track) {
  leaktrap::LeaseTracker leases("db");             // beside the pool
  auto connection = leases.Track(pool.Acquire());  // pool.Acquire() before
  EXPECT_EQ(connection->peer(), "127.0.0.1:5432");
  EXPECT_EQ(leases.Counts().leased, 1);
}

TEST(LeaseTrackerExample, Lend) {
  leaktrap::LeaseTracker leases("db");
  {
    auto connection = leases.Lend([&] { return pool.checkout(); },
                                  [&](Connection* c) { pool.checkin(c); });
    EXPECT_EQ(leases.Counts().leased, 1);
  }
  EXPECT_EQ(leases.Counts().leased, 0);
}

TEST(LeaseTrackerExample, Inspect) {
  leaktrap::LeaseTracker leases("db");
  struct Inspector {
    leaktrap::LeaseTracker::Details Describe(const Connection* c) const {
      return {c->peer(), {c->fd()}};
    }
    std::string Dirt(const Connection* c) const {  // empty if it is clean
      return c->in_transaction() ? "inside a transaction" : "";
    }
  };
  auto connection = leases.Track(pool.Acquire(), Inspector());
  ASSERT_EQ(leases.Connections().size(), 1u);
  EXPECT_EQ(leases.Connections()[0].peer, "127.0.0.1:5432");
}

}  // namespace
