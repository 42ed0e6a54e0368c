// What an inspector says of libpqxx connections to a real server.

#include "leaktrap/adapters/libpqxx/inspector.h"

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"

// libpqxx 6.4 loses the memory of a result where it finds the server gone.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx"; }

namespace leaktrap::libpqxx {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class InspectorTest : public libpq::PostgresTest {
 protected:
  static std::unique_ptr<pqxx::connection> Open() {
    return std::make_unique<pqxx::connection>(server().Conninfo());
  }

  static std::string Dirt(const AnyConnection& connection) {
    return Inspector().Dirt(&connection);
  }
};

TEST_F(InspectorTest, NamesServerDatabaseAndDescriptor) {
  const auto connection = Open();
  const auto details = Inspector().Describe(connection.get());
  EXPECT_EQ(details.peer, "127.0.0.1:" + std::to_string(server().port()) +
                              ", database postgres");
  EXPECT_THAT(details.descriptors, ElementsAre(connection->sock()));
  EXPECT_EQ(Inspector().Describe(connection).peer, details.peer) << "a guard";
}

TEST_F(InspectorTest, AFinishedWorkIsClean) {
  const auto connection = Open();
  EXPECT_EQ(Dirt(*connection), "");
  {
    pqxx::work work(*connection);
    work.exec("SELECT 1");
    work.commit();
  }
  EXPECT_EQ(Dirt(*connection), "");
  {
    pqxx::work work(*connection);
    work.exec("SELECT 1");
  }
  EXPECT_EQ(Dirt(*connection), "") << "rolled back";
  try {
    pqxx::work work(*connection);
    work.exec("SELECT no_such_column");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const pqxx::sql_error&) {
  }
  EXPECT_EQ(Dirt(*connection), "") << "failed, and rolled back";
}

TEST_F(InspectorTest, SeesAWorkThatIsAlive) {
  const auto connection = Open();
  pqxx::work work(*connection);
  work.exec("SELECT 1");
  EXPECT_EQ(Dirt(*connection), "inside a transaction");
}

TEST_F(InspectorTest, SeesATransactionBegunInSql) {
  const auto connection = Open();
  {
    pqxx::nontransaction plain(*connection);
    plain.exec("BEGIN");
  }
  EXPECT_EQ(Dirt(*connection), "inside a transaction");
  EXPECT_EQ(Inspector().Dirt(connection), "inside a transaction") << "a guard";
  EXPECT_EQ(Inspector().PoolRollsBack().Dirt(connection.get()), "");
}

TEST_F(InspectorTest, SeesAnUnfinishedPipeline) {
  const auto connection = Open();
  pqxx::nontransaction plain(*connection);
  pqxx::pipeline pipeline(plain);
  pipeline.retain(0);
  const auto id = pipeline.insert("SELECT 1");
  EXPECT_EQ(Dirt(*connection),
            "with a command not finished (a result not read, or COPY)");
  pipeline.retrieve(id);
  pipeline.complete();
  EXPECT_EQ(Dirt(*connection), "");
}

TEST_F(InspectorTest, SeesAConnectionThatLostItsServer) {
  const auto connection = Open();
  try {
    pqxx::work work(*connection);
    work.exec("SELECT 1");
    libpq::Ask(Connect().get(), "SELECT pg_terminate_backend(" +
                                    std::to_string(connection->backendpid()) +
                                    ", 20000)");
    work.commit();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const pqxx::failure&) {
  }
  EXPECT_EQ(Dirt(*connection), "broken (CONNECTION_BAD)");
  EXPECT_THAT(Inspector().Describe(connection.get()).descriptors, IsEmpty());
  EXPECT_EQ(Inspector().PoolReplacesBroken().Dirt(connection.get()), "");
}

#if PQXX_VERSION_MAJOR < 7

// It has closed itself, and opens itself when it is used again.
TEST_F(InspectorTest, AConnectionThatWillOpenItselfIsClean) {
  const auto connection = Open();
  connection->disconnect();
  EXPECT_EQ(Dirt(*connection), "");
  EXPECT_THAT(Inspector().Describe(connection.get()).descriptors, IsEmpty());
  pqxx::work work(*connection);
  EXPECT_EQ(work.exec("SELECT 7")[0][0].as<int>(), 7);
  EXPECT_EQ(Dirt(*connection), "inside a transaction");
}

TEST_F(InspectorTest, ConnectsNothing) {
  const pqxx::lazyconnection connection(server().Conninfo());
  EXPECT_EQ(Dirt(connection), "");
  EXPECT_THAT(Inspector().Describe(&connection).descriptors, IsEmpty());
  EXPECT_FALSE(connection.is_open());
}

#endif

}  // namespace
}  // namespace leaktrap::libpqxx
