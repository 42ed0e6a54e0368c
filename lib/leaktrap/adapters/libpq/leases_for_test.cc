// What a pool lends, watched from outside by two lines: connections that are
// lost, or given back in the middle of something, each beside its fix. Linked
// with //testing:main: the tests of suite Leaking fail, those of suite Fixed
// pass. leases_test judges it, and the lines that are marked.

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/adapters/libpq/pool_for_test.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"
#include "leaktrap/pool/lease_tracker.h"
#include "servers/postgres_server.h"

// Not of Leaktrap's own: reports leave out the frames of that.
namespace lending {
namespace {

using leaktrap::LeaseTracker;
using leaktrap::libpq::Ask;
using leaktrap::libpq::Connect;
using leaktrap::libpq::Connection;
using leaktrap::libpq::Inspector;
using leaktrap::libpq::PlainPool;
using leaktrap::servers::PostgresServer;

// A pool, and beside it what watches it.
class WatchedPool {
 public:
  explicit WatchedPool(const std::string& conninfo) : pool_(conninfo, 8) {
    pool_.Fill();
  }

  auto Lend() {
    return leases_.Lend([this] { return pool_.CheckOut(); },
                        [this](PGconn* c) { pool_.CheckIn(c); }, Inspector());
  }

 private:
  LeaseTracker leases_{"db"};
  PlainPool pool_;
};

// What outlives every test.
class Stage : public testing::Environment {
 public:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<PostgresServer>> server =
        PostgresServer::Start();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    for_leaks_ = std::make_unique<WatchedPool>(server_->Conninfo());
    for_fixes_ = std::make_unique<WatchedPool>(server_->Conninfo());
  }

  void TearDown() override {
    for_leaks_.reset();
    for_fixes_.reset();
    server_.reset();
  }

  WatchedPool& for_leaks() { return *for_leaks_; }
  WatchedPool& for_fixes() { return *for_fixes_; }

  std::string RefusedConninfo() const {
    return server_->Conninfo() + " dbname=no_such_database";
  }

  void Terminate(PGconn* connection) {
    const Connection other = Connect(server_->Conninfo());
    Ask(other.get(), "SELECT pg_terminate_backend(" +
                         std::to_string(PQbackendPID(connection)) + ", 20000)");
    Ask(connection, "SELECT 1");
  }

 private:
  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<WatchedPool> for_leaks_, for_fixes_;
};

Stage* const stage = static_cast<Stage*>(
    testing::AddGlobalTestEnvironment(new Stage));  // GoogleTest owns it

TEST(Leaking, Lost) {
  PGconn* const connection = stage->for_leaks().Lend().release();  // LEAK: Lost
  EXPECT_EQ(Ask(connection, "SELECT 1"), "1");
}

TEST(Fixed, GivenBack) {
  const auto connection = stage->for_fixes().Lend();
  EXPECT_EQ(Ask(connection.get(), "SELECT 1"), "1");
}

TEST(Leaking, InTransaction) {
  auto connection = stage->for_leaks().Lend();  // TAKEN: InTransaction
  Ask(connection.get(), "BEGIN");
  connection.reset();  // LEAK: InTransaction
}

TEST(Leaking, InFailedTransaction) {
  auto connection = stage->for_leaks().Lend();  // TAKEN: InFailedTransaction
  Ask(connection.get(), "BEGIN");
  Ask(connection.get(), "SELECT no_such_column");
  connection.reset();  // LEAK: InFailedTransaction
}

TEST(Fixed, TransactionEnded) {
  for (const char* end : {"COMMIT", "ROLLBACK"}) {
    const auto connection = stage->for_fixes().Lend();
    Ask(connection.get(), "BEGIN");
    Ask(connection.get(), end);
  }
}

TEST(Leaking, ResultNotRead) {
  auto connection = stage->for_leaks().Lend();  // TAKEN: ResultNotRead
  EXPECT_EQ(PQsendQuery(connection.get(), "SELECT 1"), 1);
  PQclear(PQgetResult(connection.get()));
  connection.reset();  // LEAK: ResultNotRead
}

TEST(Fixed, ResultRead) {
  const auto connection = stage->for_fixes().Lend();
  EXPECT_EQ(PQsendQuery(connection.get(), "SELECT 1"), 1);
  while (PGresult* result = PQgetResult(connection.get())) PQclear(result);
}

TEST(Leaking, InPipelineMode) {
  auto connection = stage->for_leaks().Lend();  // TAKEN: InPipelineMode
  EXPECT_EQ(PQenterPipelineMode(connection.get()), 1);
  connection.reset();  // LEAK: InPipelineMode
}

TEST(Fixed, PipelineModeLeft) {
  const auto connection = stage->for_fixes().Lend();
  EXPECT_EQ(PQenterPipelineMode(connection.get()), 1);
  EXPECT_EQ(PQexitPipelineMode(connection.get()), 1);
}

TEST(Leaking, Broken) {
  auto connection = stage->for_leaks().Lend();  // TAKEN: Broken
  stage->Terminate(connection.get());
  connection.reset();  // LEAK: Broken
}

// Its socket is another, made in here, and the pool's from now on.
TEST(Fixed, MadeAnew) {
  const auto connection = stage->for_fixes().Lend();
  stage->Terminate(connection.get());
  PQreset(connection.get());
  EXPECT_EQ(Ask(connection.get(), "SELECT 1"), "1");
}

// A connection that was refused keeps its socket until PQfinish(): no lease,
// but a descriptor.
TEST(Leaking, NotFinished) {
  const std::string text = stage->RefusedConninfo();
  static PGconn* refused = nullptr;
  refused = PQconnectdb(text.c_str());  // LEAK: NotFinished
  EXPECT_EQ(PQstatus(refused), CONNECTION_BAD);
}

TEST(Fixed, Finished) {
  const Connection refused = Connect(stage->RefusedConninfo());
  EXPECT_EQ(PQstatus(refused.get()), CONNECTION_BAD);
}

}  // namespace
}  // namespace lending
