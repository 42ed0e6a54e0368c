#include "leaktrap/adapters/hiredis/async_inspector.h"

#include <hiredis/async.h>
#include <poll.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"

namespace leaktrap::hiredis {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

const servers::RedisServer& server = TheServer();

void Count(redisAsyncContext*, void* reply, void* answers) {
  if (reply != nullptr) ++*static_cast<int*>(answers);
}

// Runs the events of one connection by hand.
class AsyncConnection {
 public:
  AsyncConnection()
      : context_(redisAsyncConnect("127.0.0.1", server.port()),
                 &redisAsyncFree) {
    EXPECT_EQ(context_->err, 0);
    Await(POLLOUT);
    redisAsyncHandleWrite(context_.get());
  }

  redisAsyncContext* get() { return context_.get(); }
  std::string Dirt() { return AsyncInspector().Dirt(context_.get()); }

  void Send(const char* command) {
    redisAsyncCommand(context_.get(), &Count, &answers_, command);
    redisAsyncHandleWrite(context_.get());
  }

  void AwaitAnswers(int count) {
    while (answers_ < count) {
      Await(POLLIN);
      redisAsyncHandleRead(context_.get());
    }
  }

  void Await(short events) {
    pollfd socket = {context_->c.fd, events, 0};
    ASSERT_EQ(poll(&socket, 1, -1), 1);
  }

 private:
  std::unique_ptr<redisAsyncContext, decltype(&redisAsyncFree)> context_;
  int answers_ = 0;
};

TEST(AsyncInspectorTest, Describes) {
  AsyncConnection connection;
  const LeaseTracker::Details details =
      AsyncInspector().Describe(connection.get());
  EXPECT_EQ(details.peer, "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_THAT(details.descriptors, ElementsAre(connection.get()->c.fd));
}

TEST(AsyncInspectorTest, CleanAfterUse) {
  AsyncConnection connection;
  EXPECT_EQ(connection.Dirt(), "");
  for (int answer = 1; answer <= 3; ++answer) {
    connection.Send("PING");
    connection.AwaitAnswers(answer);
    EXPECT_EQ(connection.Dirt(), "");
  }
}

TEST(AsyncInspectorTest, AnAnswerToCome) {
  AsyncConnection connection;
  connection.Send("PING");
  EXPECT_EQ(connection.Dirt(), "with an answer to come");
  connection.AwaitAnswers(1);
  EXPECT_EQ(connection.Dirt(), "");
}

TEST(AsyncInspectorTest, Subscribed) {
  AsyncConnection connection;
  connection.Send("SUBSCRIBE news");
  connection.AwaitAnswers(1);
  EXPECT_EQ(connection.Dirt(), "subscribed");
  connection.Send("UNSUBSCRIBE news");
  connection.AwaitAnswers(2);
  EXPECT_EQ(connection.Dirt(), "");
}

TEST(AsyncInspectorTest, Monitoring) {
  AsyncConnection connection;
  connection.Send("MONITOR");
  connection.AwaitAnswers(1);
  EXPECT_EQ(connection.Dirt(), "monitoring");
}

TEST(AsyncInspectorTest, ClosedByTheServer) {
  AsyncConnection connection;
  EXPECT_EQ(Ask(Connect(), "CLIENT KILL TYPE normal SKIPME yes"), "1");
  connection.Await(POLLIN);
  EXPECT_EQ(connection.Dirt(), "broken (the server closed the connection)");
}

TEST(AsyncInspectorTest, NeverConnected) {
  const std::unique_ptr<redisAsyncContext, decltype(&redisAsyncFree)> context(
      redisAsyncConnect("no address", 1), &redisAsyncFree);
  EXPECT_THAT(AsyncInspector().Dirt(context.get()), StartsWith("broken ("));
}

}  // namespace
}  // namespace leaktrap::hiredis
