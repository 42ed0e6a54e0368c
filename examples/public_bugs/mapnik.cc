// Connections in an error state that are never returned, as in mapnik's PostGIS
// plugin: borrowObject() moves a connection to the pool's set of used ones, and
// a query that fails throws past returnObject(). Bad connections fill that set,
// until borrowObject() gives null for ever; no socket is left open.
//
// https://github.com/mapnik/mapnik/issues/1708

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "examples/public_bugs/stage.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/pool/lease_tracker.h"

namespace public_bugs {
namespace {

struct Connection {
  PgConnection handle = ConnectToPostgres();
  bool isOK() const { return PQstatus(handle.get()) == CONNECTION_OK; }
  std::string executeQuery(const std::string& sql) {
    return Query(handle.get(), sql);
  }
};
using ConnectionPtr = std::shared_ptr<Connection>;

class Pool {
 public:
  explicit Pool(size_t max_size) : max_size_(max_size) {}

  ConnectionPtr borrowObject() {
    if (unused_pool_.empty() && used_pool_.size() < max_size_) {
      unused_pool_.insert(std::make_shared<Connection>());
    }
    if (unused_pool_.empty()) return nullptr;
    ConnectionPtr connection = *unused_pool_.begin();
    unused_pool_.erase(connection);
    used_pool_.insert(connection);
    lent_[connection] = leases_.CheckOut(  // for Leaktrap
        leaktrap::libpq::Inspector().Describe(connection->handle.get()));
    return connection;
  }

  void returnObject(const ConnectionPtr& connection) {
    lent_.erase(connection);  // for Leaktrap
    used_pool_.erase(connection);
    if (connection->isOK()) unused_pool_.insert(connection);
  }

 private:
  const size_t max_size_;
  std::set<ConnectionPtr> unused_pool_, used_pool_;
  leaktrap::LeaseTracker leases_{"mapnik"};               // for Leaktrap
  std::map<ConnectionPtr, leaktrap::TrackedLease> lent_;  // for Leaktrap
};

namespace leaking {

std::string Features(Pool& pool, const std::string& sql) {
  const ConnectionPtr connection = pool.borrowObject();
  if (connection == nullptr) return "(no connection)";
  std::string features = connection->executeQuery(sql);
  pool.returnObject(connection);
  return features;
}

}  // namespace leaking

namespace fixed {

struct PoolGuard {
  Pool& pool;
  const ConnectionPtr& connection;
  ~PoolGuard() { pool.returnObject(connection); }
};

std::string Features(Pool& pool, const std::string& sql) {
  const ConnectionPtr connection = pool.borrowObject();
  if (connection == nullptr) return "(no connection)";
  const PoolGuard guard{pool, connection};
  return connection->executeQuery(sql);
}

}  // namespace fixed

// A query ends its own session, as a server that restarts does, twice.
template <typename FeaturesFunction>
std::string ADayWithARestart(Pool& pool, FeaturesFunction features) {
  EXPECT_EQ(features(pool, "SELECT 'river'"), "river");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(
        features(pool, "SELECT pg_terminate_backend(pg_backend_pid())"),
        std::runtime_error);
  }
  return features(pool, "SELECT 'road'");
}

TEST(Bug, MapnikNeverReturnsWhatIsInAnErrorState) {
  static Pool& pool = *new Pool(2);
  EXPECT_EQ(ADayWithARestart(pool, leaking::Features), "(no connection)");
}

TEST(Fixed, MapnikReturnsByAGuard) {
  static Pool& pool = *new Pool(2);
  EXPECT_EQ(ADayWithARestart(pool, fixed::Features), "road");
}

}  // namespace
}  // namespace public_bugs
