// A thousand checkouts by several threads, of a pool that opens its connections
// when they are needed: nothing is left behind, and nothing is told.

#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/inspector.h"
#include "leaktrap/adapters/libpq/pool_for_test.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/lease_tracker.h"

namespace leaktrap::libpq {
namespace {

constexpr int kThreads = 5;
constexpr int kCheckouts = 1000;

class SoakTest : public PostgresTest {
 protected:
  static void SetUpTestSuite() {
    PostgresTest::SetUpTestSuite();
    pool_ = std::make_unique<PlainPool>(server().Conninfo(), 3);
    leases_ = std::make_unique<LeaseTracker>("db");
  }

  static void TearDownTestSuite() {
    leases_.reset();
    pool_.reset();
    PostgresTest::TearDownTestSuite();
  }

  static auto Lend() {
    return leases_->Lend([] { return pool_->CheckOut(); },
                         [](PGconn* c) { pool_->CheckIn(c); }, Inspector());
  }

  inline static std::unique_ptr<PlainPool> pool_;
  inline static std::unique_ptr<LeaseTracker> leases_;
};

// One in each of the ways in which connections are used; all leave it clean.
void Use(PGconn* connection, int way) {
  switch (way % 6) {
    case 0:
      EXPECT_EQ(Ask(connection, "SELECT 1"), "1");
      break;
    case 1:
      Ask(connection, "BEGIN");
      EXPECT_EQ(Ask(connection, "SELECT 2"), "2");
      Ask(connection, "COMMIT");
      break;
    case 2:
      Ask(connection, "BEGIN");
      Ask(connection, "SELECT no_such_column");
      Ask(connection, "ROLLBACK");
      break;
    case 3:
      EXPECT_EQ(PQsendQuery(connection, "SELECT generate_series(1, 9)"), 1);
      EXPECT_EQ(PQsetSingleRowMode(connection), 1);
      while (PGresult* row = PQgetResult(connection)) PQclear(row);
      break;
    case 4:
      Ask(connection, "COPY (SELECT 1) TO STDOUT");
      for (char* line; PQgetCopyData(connection, &line, 0) > 0;) {
        PQfreemem(line);
      }
      while (PGresult* result = PQgetResult(connection)) PQclear(result);
      break;
    case 5:
      PQreset(connection);
      EXPECT_EQ(PQstatus(connection), CONNECTION_OK);
  }
}

TEST_F(SoakTest, AThousandCheckouts) {
  std::atomic<int> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int turn; (turn = next++) < kCheckouts;) Use(Lend().get(), turn);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(leases_->Counts().leased, 0);
  EXPECT_EQ(internal::CountDirtyReturns(), 0u);
}

// Each looked at: a test of its own.
class EachTest : public SoakTest, public testing::WithParamInterface<int> {};

TEST_P(EachTest, IsClean) { Use(Lend().get(), GetParam()); }

INSTANTIATE_TEST_SUITE_P(Checkouts, EachTest, testing::Range(0, 200));

}  // namespace
}  // namespace leaktrap::libpq
