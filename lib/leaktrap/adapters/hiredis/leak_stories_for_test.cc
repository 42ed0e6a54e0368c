// What goes wrong with pools of Redis connections, each beside its fix: the
// tests of suite Leaking fail, those of suite Fixed pass. leak_stories_test
// runs this program and judges its verdicts.

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/client_probe.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"
#include "leaktrap/adapters/hiredis/server_inspector.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_tracker.h"

namespace redis_stories {
namespace {

using leaktrap::LeaseTracker;
using leaktrap::ProbeRegistration;
using leaktrap::hiredis::Ask;
using leaktrap::hiredis::Connect;
using leaktrap::hiredis::Connection;
using leaktrap::hiredis::InspectorWithServer;
using leaktrap::hiredis::NewClientProbe;
using leaktrap::hiredis::TheServer;

const leaktrap::servers::RedisServer& server = TheServer();

// A pool that knows nothing of Leaktrap, with one idle connection to begin
// with, and what watches it from outside. The tests have one each: what one of
// them gives back, the next does not get.
class Pool {
 public:
  Pool() { idle_.push_back(Connect()); }

  auto Lease() {
    return leases_.Lend([this] { return Take(); },
                        [this](redisContext* context) { GiveBack(context); },
                        InspectorWithServer({"127.0.0.1", server.port()}));
  }

 private:
  redisContext* Take() {
    if (idle_.empty()) return Connect().release();
    redisContext* const context = idle_.back().release();
    idle_.pop_back();
    return context;
  }

  void GiveBack(redisContext* context) { idle_.emplace_back(context); }

  LeaseTracker leases_{"redis"};
  std::vector<Connection> idle_;
};

const ProbeRegistration registration(NewClientProbe({"127.0.0.1",
                                                     server.port()}));

using Leased = decltype(std::declval<Pool>().Lease());

// A program that keeps its sessions for longer than it thinks.
struct Program {
  Pool pool;
  std::vector<Leased> sessions;
};
Program& program = *new Program;

TEST(Leaking, SessionThatIsNeverClosed) {
  program.sessions.push_back(program.pool.Lease());
  Ask(program.sessions.back().get(), "SET user 7");
}
TEST(Fixed, SessionThatIsClosed) {
  program.sessions.push_back(program.pool.Lease());
  Ask(program.sessions.back().get(), "SET user 7");
  program.sessions.pop_back();
}

void Pay(redisContext* context, bool is_valid) {
  Ask(context, "MULTI");
  Ask(context, "DECRBY purse 5");
  if (!is_valid) throw std::invalid_argument("no such order");
  Ask(context, "EXEC");
}
TEST(Leaking, ThrowsBetweenMultiAndExec) {
  Pool pool;
  const Leased leased = pool.Lease();
  EXPECT_THROW(Pay(leased.get(), false), std::invalid_argument);
}
TEST(Fixed, DiscardsWhenItThrows) {
  Pool pool;
  const Leased leased = pool.Lease();
  try {
    Pay(leased.get(), false);
  } catch (const std::invalid_argument&) {
    Ask(leased.get(), "DISCARD");
  }
  Pay(leased.get(), true);
}

TEST(Leaking, StaysSubscribed) {
  Pool pool;
  Ask(pool.Lease().get(), "SUBSCRIBE news");
}
TEST(Fixed, Unsubscribes) {
  Pool pool;
  const Leased leased = pool.Lease();
  Ask(leased.get(), "SUBSCRIBE news");
  Ask(leased.get(), "UNSUBSCRIBE news");
}

void Pipeline(redisContext* context, int answers_to_read) {
  for (int i = 0; i < 3; ++i) redisAppendCommand(context, "INCR count");
  for (int i = 0; i < answers_to_read; ++i) {
    void* reply = nullptr;
    ASSERT_EQ(redisGetReply(context, &reply), REDIS_OK);
    freeReplyObject(reply);
  }
}
TEST(Leaking, ReadsTwoAnswersOfThree) {
  Pool pool;
  Pipeline(pool.Lease().get(), 2);
}
TEST(Fixed, ReadsEachAnswer) {
  Pool pool;
  Pipeline(pool.Lease().get(), 3);
}

TEST(Leaking, GivesBackWhatTimedOut) {
  Pool pool;
  const Leased leased = pool.Lease();
  redisSetTimeout(leased.get(), timeval{0, 1000});
  Ask(leased.get(), "BLPOP none 0");
}
TEST(Fixed, WaitsForNoLongerThanTheServerDoes) {
  Pool pool;
  Ask(pool.Lease().get(), "BLPOP none 0.001");
}

// No pool is asked: the server knows.
Connection& Monitor() {
  static auto* const connection = new Connection(Connect());
  return *connection;
}
TEST(Leaking, LeavesAMonitorOutsideOfAnyPool) {
  EXPECT_EQ(Ask(Monitor(), "MONITOR"), "OK");
}
TEST(Fixed, ResetsAMonitor) {
  Ask(Monitor(), "MONITOR");
  Ask(Monitor(), "RESET");
  redisFree(Monitor().release());
}

TEST(Fixed, AThousandCheckoutsAndNoFalseAlarm) {
  Pool pool;
  for (int i = 0; i < 1000; ++i) {
    const Leased leased = pool.Lease();
    switch (i % 4) {
      case 0:
        Ask(leased.get(), "INCR count");
        break;
      case 1:
        Pay(leased.get(), true);
        break;
      case 2:
        Pipeline(leased.get(), 3);
        break;
      case 3:
        Ask(leased.get(), "PSUBSCRIBE n*");
        Ask(leased.get(), "PUNSUBSCRIBE n*");
        break;
    }
  }
}

}  // namespace
}  // namespace redis_stories
