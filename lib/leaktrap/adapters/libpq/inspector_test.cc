// What an inspector says of connections to a real server, and that it changes
// nothing of them.

#include "leaktrap/adapters/libpq/inspector.h"

#include <libpq-fe.h>
#include <poll.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/libpq/postgres_for_test.h"

namespace leaktrap::libpq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kUnfinished[] =
    "with a command not finished (a result not read, or COPY)";

std::string Dirt(const Connection& connection) {
  return Inspector().Dirt(connection.get());
}

// Waits for something to come in, which nobody reads.
void AwaitBytes(const Connection& connection) {
  pollfd waiting = {PQsocket(connection.get()), POLLIN, 0};
  ASSERT_EQ(poll(&waiting, 1, 20'000), 1);
}

void ReadAllResults(const Connection& connection) {
  while (PGresult* const result = PQgetResult(connection.get())) {
    PQclear(result);
  }
}

class InspectorTest : public PostgresTest {};

TEST_F(InspectorTest, NamesServerDatabaseAndDescriptor) {
  const Connection connection = Connect();
  const auto details = Inspector().Describe(connection.get());
  EXPECT_EQ(details.peer, "127.0.0.1:" + std::to_string(server().port()) +
                              ", database postgres");
  EXPECT_THAT(details.descriptors, ElementsAre(PQsocket(connection.get())));
}

TEST_F(InspectorTest, NamesTheUnixSocket) {
  const Connection connection = libpq::Connect(server().UnixConninfo());
  ASSERT_EQ(PQstatus(connection.get()), CONNECTION_OK);
  EXPECT_EQ(Inspector().Describe(connection.get()).peer,
            std::string(PQhost(connection.get())) + "/.s.PGSQL." +
                std::to_string(server().port()) + ", database postgres");
}

TEST_F(InspectorTest, PutsAnAddressWithColonsInBrackets) {
  const Connection connection =
      libpq::Connect("host=::1 port=1 dbname=none connect_timeout=2");
  EXPECT_EQ(Inspector().Describe(connection.get()).peer,
            "[::1]:1, database none");
}

TEST_F(InspectorTest, TellsTheDescriptorOfNow) {
  const Connection connection = Connect();
  const int before = PQsocket(connection.get());
  Terminate(connection.get());
  Ask(connection.get(), "SELECT 1");
  EXPECT_THAT(Inspector().Describe(connection.get()).descriptors, IsEmpty());
  const Connection another = Connect();  // which takes the number
  EXPECT_EQ(PQsocket(another.get()), before);
  PQreset(connection.get());
  EXPECT_NE(PQsocket(connection.get()), before);
  EXPECT_THAT(Inspector().Describe(connection.get()).descriptors,
              ElementsAre(PQsocket(connection.get())));
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, WhatHoldsNothingIsClean) {
  EXPECT_EQ(Dirt(nullptr), "");
  EXPECT_THAT(Inspector().Describe(Connection()).descriptors, IsEmpty());
}

TEST_F(InspectorTest, TakesGuards) {
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_EQ(Inspector().Dirt(connection), "inside a transaction");
  EXPECT_THAT(Inspector().Describe(connection).descriptors,
              ElementsAre(PQsocket(connection.get())));
}

TEST_F(InspectorTest, AfterAnsweredQueriesItIsClean) {
  const Connection connection = Connect();
  EXPECT_EQ(Dirt(connection), "");
  EXPECT_EQ(Ask(connection.get(), "SELECT 1"), "1");
  EXPECT_EQ(Dirt(connection), "");
  Ask(connection.get(), "SELECT no_such_column");
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesTransactions) {
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_EQ(Dirt(connection), "inside a transaction");
  Ask(connection.get(), "SELECT no_such_column");
  EXPECT_EQ(Dirt(connection), "inside a failed transaction");
  Ask(connection.get(), "ROLLBACK");
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesATransactionThatTheServerGaveUp) {
  const Connection connection = Connect();
  Ask(connection.get(), "SET idle_in_transaction_session_timeout = 1");
  Ask(connection.get(), "BEGIN");
  AwaitBytes(connection);
  EXPECT_EQ(Dirt(connection), "inside a transaction");
}

TEST_F(InspectorTest, SeesResultsThatNobodyRead) {
  const Connection connection = Connect();
  ASSERT_EQ(PQsendQuery(connection.get(), "SELECT 1; SELECT 2"), 1);
  EXPECT_EQ(Dirt(connection), kUnfinished) << "sent";
  AwaitBytes(connection);
  EXPECT_EQ(Dirt(connection), kUnfinished) << "answered";
  PQclear(PQgetResult(connection.get()));
  EXPECT_EQ(Dirt(connection), kUnfinished) << "one of two read";
  PQclear(PQgetResult(connection.get()));
  EXPECT_EQ(Dirt(connection), kUnfinished) << "the end not read";
  ASSERT_EQ(PQgetResult(connection.get()), nullptr);
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesRowsThatNobodyRead) {
  const Connection connection = Connect();
  ASSERT_EQ(PQsendQuery(connection.get(), "SELECT generate_series(1, 5)"), 1);
  ASSERT_EQ(PQsetSingleRowMode(connection.get()), 1);
  PGresult* const row = PQgetResult(connection.get());
  EXPECT_EQ(PQresultStatus(row), PGRES_SINGLE_TUPLE);
  PQclear(row);
  EXPECT_EQ(Dirt(connection), kUnfinished);
  ReadAllResults(connection);
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesCopies) {
  const Connection connection = Connect();
  Ask(connection.get(), "CREATE TEMPORARY TABLE numbers (i int)");
  Ask(connection.get(), "COPY numbers FROM STDIN");
  EXPECT_EQ(Dirt(connection), kUnfinished);
  ASSERT_EQ(PQputCopyEnd(connection.get(), nullptr), 1);
  ReadAllResults(connection);
  EXPECT_EQ(Dirt(connection), "");

  Ask(connection.get(), "COPY (SELECT generate_series(1, 3)) TO STDOUT");
  EXPECT_EQ(Dirt(connection), kUnfinished);
  char* line;
  while (PQgetCopyData(connection.get(), &line, 0) > 0) PQfreemem(line);
  ReadAllResults(connection);
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesPipelines) {
  const Connection connection = Connect();
  ASSERT_EQ(PQenterPipelineMode(connection.get()), 1);
  EXPECT_EQ(Dirt(connection), "in pipeline mode");
  ASSERT_EQ(PQsendQueryParams(connection.get(), "SELECT 1", 0, nullptr, nullptr,
                              nullptr, nullptr, 0),
            1);
  EXPECT_EQ(Dirt(connection), std::string(kUnfinished) + ", in pipeline mode");
  ASSERT_EQ(PQpipelineSync(connection.get()), 1);
  ReadAllResults(connection);              // of the query
  PQclear(PQgetResult(connection.get()));  // of the sync
  EXPECT_EQ(Dirt(connection), "in pipeline mode");
  ASSERT_EQ(PQexitPipelineMode(connection.get()), 1);
  EXPECT_EQ(Dirt(connection), "");
}

TEST_F(InspectorTest, SeesWhatIsNotConnected) {
  const Connection refused =
      libpq::Connect("host=127.0.0.1 port=1 dbname=none");
  EXPECT_EQ(Dirt(refused), "broken (CONNECTION_BAD)");

  const Connection connecting(PQconnectStart(server().Conninfo().c_str()));
  EXPECT_EQ(Dirt(connecting), "before it is connected");

  const Connection killed = Connect();
  Terminate(killed.get());
  Ask(killed.get(), "SELECT 1");
  EXPECT_EQ(Dirt(killed), "broken (CONNECTION_BAD)");
}

// What the connection has not been told yet it cannot tell.
TEST_F(InspectorTest, AnUnusedConnectionThatTheServerClosedSeemsClean) {
  const Connection killed = Connect();
  Terminate(killed.get());
  AwaitBytes(killed);
  EXPECT_EQ(Dirt(killed), "");
}

TEST_F(InspectorTest, ANotificationIsNoDirt) {
  const Connection connection = Connect();
  Ask(connection.get(), "LISTEN channel");
  Ask(Connect().get(), "NOTIFY channel");
  AwaitBytes(connection);
  EXPECT_EQ(Dirt(connection), "");
  PGnotify* notification = nullptr;
  while (notification == nullptr) {
    ASSERT_EQ(PQconsumeInput(connection.get()), 1);
    notification = PQnotifies(connection.get());
  }
  EXPECT_STREQ(notification->relname, "channel") << "it is still there";
  PQfreemem(notification);
}

TEST_F(InspectorTest, LeavesToThePoolWhatThePoolTakesCareOf) {
  const Inspector inspector = Inspector().PoolRollsBack().PoolReplacesBroken();
  const Connection connection = Connect();
  Ask(connection.get(), "BEGIN");
  EXPECT_EQ(inspector.Dirt(connection), "");
  EXPECT_EQ(Inspector().PoolReplacesBroken().Dirt(connection),
            "inside a transaction");
  Ask(connection.get(), "SELECT no_such_column");
  EXPECT_EQ(inspector.Dirt(connection), "");
  Ask(connection.get(), "ROLLBACK");
  ASSERT_EQ(PQsendQuery(connection.get(), "SELECT 1"), 1);
  EXPECT_EQ(inspector.Dirt(connection), kUnfinished);
  ReadAllResults(connection);

  Terminate(connection.get());
  Ask(connection.get(), "SELECT 1");
  EXPECT_EQ(inspector.Dirt(connection), "");
  EXPECT_EQ(Inspector().PoolRollsBack().Dirt(connection),
            "broken (CONNECTION_BAD)");
}

// PQisBusy() and PQconsumeInput() would have: they parse what came in.
TEST_F(InspectorTest, LooksWithoutReading) {
  const Connection connection = Connect();
  ASSERT_EQ(PQsendQuery(connection.get(), "SELECT 42"), 1);
  AwaitBytes(connection);
  for (int i = 0; i < 100; ++i) {
    Inspector().Describe(connection.get());
    ASSERT_EQ(Dirt(connection), kUnfinished);
  }
  pollfd unread = {PQsocket(connection.get()), POLLIN, 0};
  EXPECT_EQ(poll(&unread, 1, 0), 1) << "the answer was taken off the socket";
  PGresult* const result = PQgetResult(connection.get());
  EXPECT_STREQ(PQgetvalue(result, 0, 0), "42");
  PQclear(result);
}

}  // namespace
}  // namespace leaktrap::libpq
