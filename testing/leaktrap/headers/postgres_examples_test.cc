// The examples of the headers of adapters for PostgreSQL; see
// header_examples_test.cc.

#include <libpq-fe.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/adapters/libpq/session_probe.h"
#include "leaktrap/adapters/libpqxx/inspector.h"
#include "leaktrap/pool/lease_tracker.h"
#include "servers/postgres_server.h"

namespace {

using leaktrap::servers::PostgresServer;

class PostgresExample : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = PostgresServer::Start().value(); }
  static void TearDownTestSuite() { server_.reset(); }

  inline static std::unique_ptr<PostgresServer> server_;
};

struct LibpqPool {
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> Acquire() const {
    return {PQconnectdb(conninfo.c_str()), Finish()};
  }
  std::string conninfo;
};

// adapters/libpq/inspector.h
TEST_F(PostgresExample, LibpqInspector) {
  const LibpqPool pool{server_->Conninfo()};
  leaktrap::LeaseTracker leases("db");
  auto connection = leases.Track(pool.Acquire(),  // gives a PGconn
                                 leaktrap::libpq::Inspector());
  EXPECT_EQ(PQstatus(connection.get()), CONNECTION_OK);
  EXPECT_EQ(leases.Counts().leased, 1);
}

// adapters/libpq/session_probe.h. Not called: no server is where it looks.
[[maybe_unused]] void RegistersASessionProbe() {
  static leaktrap::ProbeRegistration registration(
      leaktrap::libpq::NewSessionProbe("host=127.0.0.1 dbname=test"));
}

struct LibpqxxPool {
  std::shared_ptr<pqxx::connection> Acquire() const {
    return std::make_shared<pqxx::connection>(conninfo);
  }
  std::string conninfo;
};

// adapters/libpqxx/inspector.h
TEST_F(PostgresExample, LibpqxxInspector) {
  const LibpqxxPool pool{server_->Conninfo()};
  leaktrap::LeaseTracker leases("db");
  auto connection = leases.Track(pool.Acquire(),  // gives a pqxx::connection
                                 leaktrap::libpqxx::Inspector());
  EXPECT_TRUE(connection->is_open());
  EXPECT_EQ(leases.Counts().leased, 1);
}

}  // namespace
