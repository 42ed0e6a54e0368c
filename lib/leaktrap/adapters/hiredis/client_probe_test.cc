#include "leaktrap/adapters/hiredis/client_probe.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"
#include "leaktrap/leaktrap.h"

namespace leaktrap::hiredis {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const servers::RedisServer& server = TheServer();

// Each test is also looked through by the program's own verifier.
const ProbeRegistration registration(NewClientProbe({"127.0.0.1",
                                                     server.port()}));

LeakReport Find(const Snapshot& before) {
  return FindLeaks(before, Options()
                               .Linger(std::chrono::milliseconds(50))
                               .SetMode(Kind::kDescriptor, Mode::kOff));
}

std::string Text(const LeakReport& report) {
  std::ostringstream text;
  text << report;
  return text.str();
}

TEST(ClientProbeTest, CleanClientsAreNotListed) {
  const Snapshot before = Snapshot::Take();
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "SET k v"), "OK");
  Ask(connection, "MULTI");
  Ask(connection, "EXEC");
  EXPECT_TRUE(Find(before).empty()) << Find(before);
}

TEST(ClientProbeTest, EachStateIsAFindingUntilItEnds) {
  const struct {
    const char* begin;
    const char* end;
    const char* told;
  } states[] = {
      {"MULTI", "DISCARD", "inside MULTI"},
      {"SUBSCRIBE news", "UNSUBSCRIBE news", "subscribed to 1 channel"},
      {"PSUBSCRIBE n*", "PUNSUBSCRIBE n*", "subscribed to 1 pattern"},
      {"SSUBSCRIBE s", "SUNSUBSCRIBE s", "subscribed to 1 shard channel"},
      {"MONITOR", "RESET", "monitoring"},
  };
  const Connection connection = Connect();
  for (const auto& state : states) {
    const Snapshot before = Snapshot::Take();
    Ask(connection, state.begin);
    const LeakReport report = Find(before);
    ASSERT_THAT(report.leaks(), SizeIs(1)) << state.begin << report.error();
    EXPECT_EQ(report.leaks()[0].name, "redis client");
    EXPECT_THAT(Text(report), HasSubstr(state.told));
    Ask(connection, state.end);
    EXPECT_TRUE(Find(before).empty()) << state.end;
  }
}

TEST(ClientProbeTest, TellsWhatItIsAndWhatToDo) {
  const Connection connection = Connect();
  const std::string id = Ask(connection, "CLIENT ID");
  const Snapshot before = Snapshot::Take();
  Ask(connection, "MULTI");
  Ask(connection, "SET k v");
  const LeakReport report = Find(before);
  ASSERT_THAT(report.leaks(), SizeIs(1));
  EXPECT_THAT(report.leaks()[0].descriptors, ElementsAre(connection->fd));
  EXPECT_EQ(report.leaks()[0].description,
            "redis client " + id +
                " of 127.0.0.1:" + std::to_string(server.port()) +
                ", inside MULTI (1 command queued), on descriptor " +
                std::to_string(connection->fd));
  EXPECT_THAT(Text(report), HasSubstr("EXEC or DISCARD"));
  Ask(connection, "DISCARD");
}

TEST(ClientProbeTest, AClosedConnectionIsNoFinding) {
  const Snapshot before = Snapshot::Take();
  Ask(Connect(), "MULTI");
  Ask(Connect(), "SUBSCRIBE news");
  EXPECT_TRUE(Find(before).empty());
}

TEST(ClientProbeTest, AnotherStateOfOneClientIsAnotherFinding) {
  const Connection connection = Connect();
  Ask(connection, "SUBSCRIBE news");
  const Snapshot before = Snapshot::Take();
  EXPECT_TRUE(Find(before).empty());
  Ask(connection, "RESET");
  Ask(connection, "MULTI");
  EXPECT_THAT(Find(before).leaks(), SizeIs(1));
}

// As a consumer of jobs does, before a test and after it.
TEST(ClientProbeTest, AnAnswerForWhichAThreadWaitsIsNoFinding) {
  const Connection connection = Connect();
  const Connection other = Connect();
  const Snapshot before = Snapshot::Take();
  std::thread consumer([&] { Ask(connection, "BLPOP jobs 0"); });
  while (Ask(other, "CLIENT LIST").find("flags=b") == std::string::npos) {
    std::this_thread::yield();
  }
  const LeakReport report = Find(before);
  EXPECT_THAT(Text(report), Not(HasSubstr("redis client")));
  Ask(other, "RPUSH jobs one");
  consumer.join();

  redisAppendCommand(connection.get(), "BLPOP jobs 0");
  Flush(connection);
  while (Ask(other, "CLIENT LIST").find("flags=b") == std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_THAT(Text(Find(before)), HasSubstr("waiting for the answer to blpop"));
}

// That of a child which shares no descriptor with this process.
TEST(ClientProbeTest, AnotherProcesssClientIsNotOurs) {
  int told[2], go[2];
  ASSERT_EQ(pipe(told), 0);
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(go[1]);
    redisContext* const context = redisConnect("127.0.0.1", server.port());
    const bool in_multi = Ask(context, "MULTI") == "OK";
    char byte = in_multi ? 'y' : 'n';
    if (write(told[1], &byte, 1) != 1) _exit(2);
    _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(told[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_THAT(Ask(Connect(), "CLIENT LIST"), HasSubstr("flags=x"));
  EXPECT_THAT(NewClientProbe({"127.0.0.1", server.port()})->List().identities,
              IsEmpty());
  for (const int end : {told[0], told[1], go[0], go[1]}) close(end);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(ClientProbeTest, AUnixSocketCannotBeTold) {
  const auto probe = NewClientProbe({"127.0.0.1", server.port()});
  Connection by_path(redisConnectUnix(server.socket_path().c_str()));
  EXPECT_THAT(probe->List().identities, IsEmpty());  // as long as it is clean
  Ask(by_path, "MULTI");
  try {
    probe->List();
    ADD_FAILURE() << "must throw";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("inside MULTI"),
                                    HasSubstr(server.socket_path())));
  }
  Ask(by_path, "DISCARD");
}

TEST(ClientProbeTest, AServerThatDoesNotAnswerIsNoPass) {
  auto other = std::make_unique<servers::RedisServer>();
  const auto probe = NewClientProbe({"127.0.0.1", other->port()});
  EXPECT_THAT(probe->List().identities, IsEmpty());
  other->Stop();
  EXPECT_THROW(probe->List(), std::exception);
}

// A look leaves neither a client nor a descriptor, nor anything that waits.
TEST(ClientProbeTest, AThousandLooksLeaveNothing) {
  const Connection connection = Connect();
  const auto probe = NewClientProbe({"127.0.0.1", server.port()});
  const Snapshot before = Snapshot::Take();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(probe->List().identities, IsEmpty());
  }
  EXPECT_TRUE(FindLeaks(before).empty());
  // Those that the server has not noticed yet are gone with the next question.
  Ask(connection, "PING");
  EXPECT_THAT(internal::AskForClients({"127.0.0.1", server.port()}), SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::hiredis
