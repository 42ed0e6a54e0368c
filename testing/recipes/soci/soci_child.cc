// What a program does with SOCI's connection_pool, with the recipe. soci_test
// runs it and judges its verdicts.

#include <soci/connection-pool.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "gtest/gtest.h"
#include "leaktrap/pool/lease_tracker.h"
#include "recipes/postgres_stage.h"
#include "recipes/soci/leaktrap_for_soci.h"

namespace {

recipes::PostgresStage* const stage = static_cast<recipes::PostgresStage*>(
    testing::AddGlobalTestEnvironment(new recipes::PostgresStage));

class Database {
 public:
  Database() {
    for (size_t i = 0; i < 2; ++i) {
      pool_.at(i).open(soci::postgresql, stage->Conninfo());
    }
  }
  auto Get() {
    return leases_.Track(std::make_unique<soci::session>(pool_),
                         recipes::SociInspector());
  }

 private:
  soci::connection_pool pool_{2};
  leaktrap::LeaseTracker leases_{"soci"};
};
using Leased = decltype(std::declval<Database>().Get());

int Ask(soci::session& session) {
  int answer = 0;
  session << "SELECT 7", soci::into(answer);
  return answer;
}

TEST(Fixed, PoolOfOneTest) {
  Database database;
  EXPECT_EQ(Ask(*database.Get()), 7);
}

TEST(Fixed, TransactionThatEndsItself) {
  Database database;
  const Leased session = database.Get();
  try {
    soci::transaction transaction(*session);
    *session << "no such thing";
    transaction.commit();
  } catch (const soci::soci_error&) {
  }
}

TEST(Fixed, AThousandCheckouts) {
  Database database;
  for (int i = 0; i < 1000; ++i) {
    const Leased session = database.Get();
    soci::transaction transaction(*session);
    EXPECT_EQ(Ask(*session), 7);
    if (i % 2 == 0) transaction.commit();
  }
}

TEST(Leaking, SessionThatIsKept) {
  static Database& database = *new Database;
  static Leased& kept = *new Leased(database.Get());
  EXPECT_EQ(Ask(*kept), 7);
}

// The pool rolls nothing back.
TEST(Leaking, SessionThatEndsAfterBegin) {
  Database database;
  const Leased session = database.Get();
  session->begin();
  EXPECT_EQ(Ask(*session), 7);
}

// What comes next is a crash: the session gives itself back to a pool that is
// gone. It is told before.
TEST(Leaking, PoolThatDiesBeforeItsSession) {
  auto database = std::make_unique<Database>();
  database->Get().release();  // never destroyed, to go on
  database.reset();
}

}  // namespace
