#include "leaktrap/adapters/hiredis/inspector.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"

namespace leaktrap::hiredis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// It is a part of the baseline: started before the first test.
const servers::RedisServer& server = TheServer();

std::string Dirt(const Connection& connection) {
  return Inspector().Dirt(connection.get());
}

// Until something can be read: an answer, or the end.
void AwaitReadable(const Connection& connection) {
  pollfd socket = {connection->fd, POLLIN, 0};
  ASSERT_EQ(poll(&socket, 1, -1), 1);
}

TEST(InspectorTest, DescribesWhereAConnectionGoes) {
  const Connection connection = Connect();
  const LeaseTracker::Details details = Inspector().Describe(connection.get());
  EXPECT_EQ(details.peer, "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_THAT(details.descriptors, ElementsAre(connection->fd));
}

TEST(InspectorTest, DescribesAUnixSocket) {
  const Connection connection(redisConnectUnix(server.socket_path().c_str()));
  EXPECT_EQ(Inspector().Describe(connection.get()).peer, server.socket_path());
  EXPECT_EQ(Dirt(connection), "");
}

TEST(InspectorTest, DescribesWhatHasNoAddress) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Connection connection(redisConnectFd(ends[0]));
  EXPECT_EQ(Inspector().Describe(connection.get()).peer, "");
  close(ends[1]);
}

TEST(InspectorTest, CleanAfterUse) {
  const Connection connection = Connect();
  EXPECT_EQ(Dirt(connection), "");
  EXPECT_EQ(Ask(connection, "SET k v"), "OK");
  EXPECT_EQ(Ask(connection, "LRANGE none 0 -1"), "0");
  EXPECT_THAT(Ask(connection, "NO SUCH COMMAND"), HasSubstr("ERR"));
  EXPECT_EQ(Dirt(connection), "");
}

TEST(InspectorTest, ACommandNotSent) {
  const Connection connection = Connect();
  redisAppendCommand(connection.get(), "SET k v");
  EXPECT_EQ(Dirt(connection), "with a command not sent");
}

TEST(InspectorTest, AReplyOnTheSocket) {
  const Connection connection = Connect();
  redisAppendCommand(connection.get(), "SET k v");
  Flush(connection);
  AwaitReadable(connection);
  EXPECT_EQ(Dirt(connection), "with a reply not read");
  // Asking has taken nothing away.
  void* reply = nullptr;
  EXPECT_EQ(redisGetReply(connection.get(), &reply), REDIS_OK);
  EXPECT_STREQ(static_cast<redisReply*>(reply)->str, "OK");
  freeReplyObject(reply);
  EXPECT_EQ(Dirt(connection), "");
}

TEST(InspectorTest, RepliesInTheReader) {
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "SET k v"), "OK");
  for (int i = 0; i < 3; ++i) redisAppendCommand(connection.get(), "GET k");
  Flush(connection);
  for (int i = 0; i < 3; ++i) {
    void* reply = nullptr;
    ASSERT_EQ(redisGetReply(connection.get(), &reply), REDIS_OK);
    freeReplyObject(reply);
    // All come in one piece, as a rule; then the rest lies in the reader.
    if (i < 2) {
      EXPECT_EQ(Dirt(connection), "with a reply not read") << i;
    }
  }
  EXPECT_EQ(Dirt(connection), "");
}

TEST(InspectorTest, HalfAReply) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Connection connection(redisConnectFd(ends[0]));
  const std::string half = "*2\r\n+one\r\n";
  EXPECT_EQ(write(ends[1], half.data(), half.size()), half.size());
  EXPECT_EQ(redisBufferRead(connection.get()), REDIS_OK);
  void* reply = nullptr;
  EXPECT_EQ(redisGetReplyFromReader(connection.get(), &reply), REDIS_OK);
  EXPECT_EQ(reply, nullptr);
  EXPECT_EQ(connection->reader->pos, connection->reader->len);
  EXPECT_EQ(Dirt(connection), "with a reply not read");
  close(ends[1]);
}

TEST(InspectorTest, CleanAfterAskingInVain) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Connection connection(redisConnectFd(ends[0]));
  EXPECT_EQ(write(ends[1], "+OK\r\n", 5), 5);
  EXPECT_EQ(redisBufferRead(connection.get()), REDIS_OK);
  void* reply = nullptr;
  EXPECT_EQ(redisGetReplyFromReader(connection.get(), &reply), REDIS_OK);
  ASSERT_NE(reply, nullptr);
  freeReplyObject(reply);
  // There is no other one.
  EXPECT_EQ(redisGetReplyFromReader(connection.get(), &reply), REDIS_OK);
  EXPECT_EQ(reply, nullptr);
  EXPECT_EQ(Dirt(connection), "");
  close(ends[1]);
}

TEST(InspectorTest, BrokenByATimeout) {
  const Connection connection = Connect();
  redisSetTimeout(connection.get(), timeval{0, 1000});
  EXPECT_THAT(Ask(connection, "BLPOP none 0"), HasSubstr("no answer"));
  EXPECT_EQ(Dirt(connection), "broken (Resource temporarily unavailable)");
}

TEST(InspectorTest, ClosedByTheServerAndNotUsedSince) {
  const Connection connection = Connect();
  const std::string id = Ask(connection, "CLIENT ID");
  EXPECT_EQ(Ask(Connect(), ("CLIENT KILL ID " + id).c_str()), "1");
  AwaitReadable(connection);
  EXPECT_EQ(connection->err, 0);
  EXPECT_EQ(Dirt(connection), "broken (the server closed the connection)");
  EXPECT_THAT(Ask(connection, "PING"), HasSubstr("no answer"));
  EXPECT_EQ(Dirt(connection), "broken (Server closed the connection)");
}

TEST(InspectorTest, NeverConnected) {
  const Connection connection(redisConnect("127.0.0.1", 1));
  EXPECT_EQ(Dirt(connection), "broken (Connection refused)");
}

}  // namespace
}  // namespace leaktrap::hiredis
