#include "leaktrap/adapters/hiredis/server_inspector.h"

#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"

namespace leaktrap::hiredis {
namespace {

using testing::HasSubstr;

const servers::RedisServer& server = TheServer();

std::string Dirt(const Connection& connection) {
  return InspectorWithServer({"127.0.0.1", server.port()})
      .Dirt(connection.get());
}

TEST(ServerInspectorTest, EachStateThatTheServerKnows) {
  const Connection connection = Connect();
  EXPECT_EQ(Dirt(connection), "");
  EXPECT_EQ(Ask(connection, "MULTI"), "OK");
  EXPECT_EQ(Dirt(connection), "inside MULTI");
  EXPECT_EQ(Ask(connection, "SET a 1"), "QUEUED");
  EXPECT_EQ(Ask(connection, "SET b 1"), "QUEUED");
  EXPECT_EQ(Dirt(connection), "inside MULTI (2 commands queued)");
  EXPECT_EQ(Ask(connection, "EXEC"), "2");
  EXPECT_EQ(Dirt(connection), "");
  Ask(connection, "SUBSCRIBE news");
  EXPECT_EQ(Dirt(connection), "subscribed to 1 channel");
  Ask(connection, "UNSUBSCRIBE news");
  EXPECT_EQ(Dirt(connection), "");
  Ask(connection, "PSUBSCRIBE n*");
  EXPECT_EQ(Dirt(connection), "subscribed to 1 pattern");
  Ask(connection, "RESET");
  EXPECT_EQ(Dirt(connection), "");
}

TEST(ServerInspectorTest, Monitoring) {
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "MONITOR"), "OK");
  EXPECT_EQ(Dirt(connection), "monitoring");
}

TEST(ServerInspectorTest, WaitingForAnAnswer) {
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "PING"), "PONG");
  redisAppendCommand(connection.get(), "BLPOP none 0");
  Flush(connection);
  // Until the server has read it.
  while (Dirt(connection).empty()) {
  }
  EXPECT_EQ(Dirt(connection), "waiting for the answer to blpop");
}

TEST(ServerInspectorTest, ANeighboursStateIsNotThisOnes) {
  const Connection connection = Connect(), neighbour = Connect();
  EXPECT_EQ(Ask(neighbour, "MULTI"), "OK");
  EXPECT_EQ(Dirt(connection), "");
  EXPECT_EQ(Dirt(neighbour), "inside MULTI");
}

TEST(ServerInspectorTest, TheClientsOwnSideComesFirst) {
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "MULTI"), "OK");
  redisAppendCommand(connection.get(), "SET k v");
  EXPECT_EQ(Dirt(connection), "with a command not sent");
}

TEST(ServerInspectorTest, DescribesAsInspectorDoes) {
  const Connection connection = Connect();
  EXPECT_EQ(InspectorWithServer({"127.0.0.1", server.port()})
                .Describe(connection.get())
                .peer,
            "127.0.0.1:" + std::to_string(server.port()));
}

TEST(ServerInspectorTest, WhatItCannotTellIsNotClean) {
  const Connection by_path(redisConnectUnix(server.socket_path().c_str()));
  EXPECT_THROW(Dirt(by_path), std::runtime_error);
  const Connection connection = Connect();
  EXPECT_THROW(InspectorWithServer({"127.0.0.1", 1}).Dirt(connection.get()),
               std::runtime_error);
  // Of another server than the one that is asked.
  const servers::RedisServer elsewhere;
  const Connection stranger(redisConnect("127.0.0.1", elsewhere.port()));
  EXPECT_THROW(Dirt(stranger), std::runtime_error);
}

}  // namespace
}  // namespace leaktrap::hiredis
