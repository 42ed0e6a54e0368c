#include "servers/redis_server.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace leaktrap::servers {
namespace {

using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;
using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

std::string Answer(redisContext* context, const char* command) {
  const Reply reply(static_cast<redisReply*>(redisCommand(context, command)),
                    &freeReplyObject);
  if (reply == nullptr) return context->errstr;
  return reply->str == nullptr ? std::to_string(reply->integer) : reply->str;
}

bool Refuses(int port) {
  const Context context(redisConnect("127.0.0.1", port), &redisFree);
  return context->err != 0;
}

// These tests are checked by Leaktrap: a server that is stopped leaves nothing.
TEST(RedisServerTest, AnswersOnItsPortAndItsSocket) {
  const RedisServer server;
  const Context by_port(redisConnect(server.host().c_str(), server.port()),
                        &redisFree);
  EXPECT_EQ(Answer(by_port.get(), "SET city Delft"), "OK");
  const Context by_path(redisConnectUnix(server.socket_path().c_str()),
                        &redisFree);
  EXPECT_EQ(Answer(by_path.get(), "GET city"), "Delft");
}

TEST(RedisServerTest, TwoAtATime) {
  const RedisServer one, other;
  EXPECT_NE(one.port(), other.port());
  const Context context(redisConnect("127.0.0.1", one.port()), &redisFree);
  EXPECT_EQ(Answer(context.get(), "SET city Delft"), "OK");
  const Context elsewhere(redisConnect("127.0.0.1", other.port()), &redisFree);
  EXPECT_EQ(Answer(elsewhere.get(), "EXISTS city"), "0");
}

TEST(RedisServerTest, StopsAndTakesItsFolderAway) {
  auto server = std::make_unique<RedisServer>();
  const int port = server->port();
  const std::string path = server->socket_path();
  EXPECT_FALSE(Refuses(port));
  server->Stop();
  EXPECT_TRUE(Refuses(port));
  server.reset();
  struct stat folder;
  EXPECT_NE(stat(path.substr(0, path.rfind('/')).c_str(), &folder), 0);
}

// What a program tells of its server before it is killed.
struct Whereabouts {
  int port = 0;
  char socket_path[64] = {};
};

void StartTellAndWait(int pipe) {
  const RedisServer server;
  Whereabouts told;
  told.port = server.port();
  server.socket_path().copy(told.socket_path, sizeof(told.socket_path) - 1);
  if (write(pipe, &told, sizeof(told)) == sizeof(told)) pause();
}

TEST(RedisServerTest, EndsWithAProgramThatIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t starter = fork();
  if (starter == 0) {
    StartTellAndWait(ends[1]);
    _exit(1);
  }
  close(ends[1]);
  Whereabouts told;
  ASSERT_EQ(read(ends[0], &told, sizeof(told)), sizeof(told));
  EXPECT_FALSE(Refuses(told.port));
  kill(starter, SIGKILL);
  EXPECT_EQ(waitpid(starter, nullptr, 0), starter);
  close(ends[0]);
  while (!Refuses(told.port)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::filesystem::remove_all(
      std::filesystem::path(told.socket_path).parent_path());
}

}  // namespace
}  // namespace leaktrap::servers
