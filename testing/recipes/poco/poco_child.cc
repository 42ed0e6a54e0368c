// What a program does with Poco's Data::SessionPool, with the recipe if the
// environment has RECIPE, else without. poco_test runs it and judges its
// verdicts.

#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/SessionPool.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_tracker.h"
#include "recipes/poco/leaktrap_for_poco.h"
#include "recipes/postgres_stage.h"

namespace {

using Poco::Data::Session;
using Poco::Data::SessionPool;
using Poco::Data::Keywords::into;
using Poco::Data::Keywords::now;

recipes::PostgresStage* const stage = static_cast<recipes::PostgresStage*>(
    testing::AddGlobalTestEnvironment(new recipes::PostgresStage));

class Database {
 public:
  Database() : pool_("PostgreSQL", stage->Conninfo(), 1, 4) {}
  auto Get() { return leases_.Track(pool_.get(), recipes::PocoInspector()); }
  bool NextUserIsInATransaction() { return pool_.get().isTransaction(); }

 private:
  SessionPool pool_;
  leaktrap::LeaseTracker leases_{"poco"};
};
using Leased = decltype(std::declval<Database>().Get());

int Ask(Session& session) {
  int answer = 0;
  session << "SELECT 7", into(answer), now;
  return answer;
}

TEST(Fixed, PoolOfOneTest) {
  Database database;
  EXPECT_EQ(Ask(*database.Get()), 7);
}

// The pool stays, with idle sessions, and with the thread of its janitor.
TEST(Fixed, PoolOfTheWholeProgram) {
  static Database database;
  Leased one = database.Get(), other = database.Get();
  EXPECT_EQ(Ask(*one) + Ask(*other), 14);
}

TEST(Fixed, BegunAndRolledBackByPoco) {
  Database database;
  {
    Leased session = database.Get();
    session->begin();
    Ask(*session);
  }
  EXPECT_EQ(Ask(*database.Get()), 7);
}

TEST(Fixed, AThousandCheckouts) {
  Database database;
  for (int i = 0; i < 1000; ++i) {
    Leased session = database.Get();
    if (i % 3 == 0) session->begin();
    Ask(*session);
    if (i % 6 == 0) session->commit();
  }
}

TEST(Leaking, SessionThatIsKept) {
  static Database database;
  static std::optional<Leased> kept;
  kept.emplace(database.Get());
  EXPECT_EQ(Ask(**kept), 7);
}

TEST(Leaking, BegunByAStatement) {
  Database database;
  Leased session = database.Get();
  *session << "BEGIN", now;
  Ask(*session);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  Poco::Data::PostgreSQL::Connector::registerConnector();
  if (std::getenv("RECIPE") != nullptr) {
    testing::AddGlobalTestEnvironment(
        new leaktrap::LeakEnvironment(recipes::OptionsForPoco()));
  }
  return RUN_ALL_TESTS();
}
