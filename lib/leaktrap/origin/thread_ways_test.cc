// Ways to make threads, and to let go of them.

#include <pthread.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/origin/threads_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

void* ExitingBody(void*) {
  Body(nullptr);
  pthread_exit(nullptr);
}

void* DetachingBody(void*) {
  pthread_detach(pthread_self());
  return Body(nullptr);
}

void* CancelledBody(void*) {
  Body(nullptr);
  pthread_cancel(pthread_self());
  for (;;) pause();
}

int C11Body(void*) {
  Body(nullptr);
  return 0;
}

timespec InAMinute(clockid_t clock) {
  timespec until;
  clock_gettime(clock, &until);
  until.tv_sec += 60;
  return until;
}

struct ThreadWay {
  const char* name;
  const char* call;
  Make make;
  bool is_let_go_at_once = false;  // there is nothing for the Undo to do
  const char* why_not_under_tsan = nullptr;
};

void PrintTo(const ThreadWay& way, std::ostream* out) { *out << way.name; }

Undo Nothing() {
  return [] {};
}

constexpr char kCrashes[] =
    "ThreadSanitizer knows no C11 threads: they crash in it";

const ThreadWay kWays[] = {
    {"join", "pthread_create",
     [] {
       const pthread_t handle = Create(Body);
       return Undo([handle] { pthread_join(handle, nullptr); });
     }},
    {"tryjoin", "pthread_create",
     [] {
       const pthread_t handle = Create(Body);
       return Undo([handle] {
         WaitUntil([&] { return pthread_tryjoin_np(handle, nullptr) == 0; });
       });
     }},
    {"timedjoin", "pthread_create",
     [] {
       const pthread_t handle = Create(Body);
       return Undo([handle] {
         const timespec until = InAMinute(CLOCK_REALTIME);
         EXPECT_EQ(pthread_timedjoin_np(handle, nullptr, &until), 0);
       });
     }},
    {"clockjoin", "pthread_create",
     [] {
       const pthread_t handle = Create(Body);
       return Undo([handle] {
         const timespec until = InAMinute(CLOCK_MONOTONIC);
         EXPECT_EQ(
             pthread_clockjoin_np(handle, nullptr, CLOCK_MONOTONIC, &until), 0);
       });
     },
     false,
     "ThreadSanitizer does not know of it, and takes the next thread of "
     "the same handle for an error"},
    {"detach", "pthread_create",
     [] {
       const pthread_t handle = Create(Body);
       return Undo([handle] { pthread_detach(handle); });
     }},
    {"created_detached", "pthread_create",
     [] {
       Create(Body, /*detached=*/true);
       return Nothing();
     },
     true},
    {"detaches_itself", "pthread_create",
     [] {
       Create(DetachingBody);
       return Nothing();
     },
     true},
    {"exit", "pthread_create",
     [] {
       const pthread_t handle = Create(ExitingBody);
       return Undo([handle] { pthread_join(handle, nullptr); });
     }},
    {"cancel", "pthread_create",
     [] {
       const pthread_t handle = Create(CancelledBody);
       return Undo([handle] {
         void* result = nullptr;
         pthread_join(handle, &result);
         EXPECT_EQ(result, PTHREAD_CANCELED);
       });
     }},
    {"std_thread", "pthread_create",
     [] {
       auto thread = std::make_shared<std::thread>([] { Body(nullptr); });
       return Undo([thread] { thread->join(); });
     }},
    {"std_thread_detach", "pthread_create",
     [] {
       std::thread([] { Body(nullptr); }).detach();
       return Nothing();
     },
     true},
    {"std_async", "pthread_create",
     [] {
       auto future = std::make_shared<std::future<void>>(
           std::async(std::launch::async, [] { Body(nullptr); }));
       return Undo([future]() mutable { future.reset(); });
     }},
    {"thrd_join", "thrd_create",
     [] {
       thrd_t handle;
       thrd_create(&handle, C11Body, nullptr);
       return Undo([handle] { thrd_join(handle, nullptr); });
     },
     false, kCrashes},
    {"thrd_detach", "thrd_create",
     [] {
       thrd_t handle;
       thrd_create(&handle, C11Body, nullptr);
       return Undo([handle] { thrd_detach(handle); });
     },
     false, kCrashes},
};

class ThreadWays : public testing::TestWithParam<ThreadWay> {
 protected:
  void SetUp() override {
    const char* const why_not = GetParam().why_not_under_tsan;
    if (kUnderTsan && why_not != nullptr) GTEST_SKIP() << why_not;
    body_tid = 0;
    gate.Set(false);
    undo_ = CallMake(GetParam().make);
    WaitUntil([] { return body_tid != 0; });
  }

  void ExpectNothingLeft() {
    WaitUntil([] { return RunningThreads().empty(); });
    EXPECT_THAT(FinishedThreads(), IsEmpty());
  }

  Undo undo_;
};

TEST_P(ThreadWays, IsKnownWhileItRuns) {
  const std::vector<RunningThread> running = RunningThreads();
  ASSERT_THAT(running, SizeIs(1));
  EXPECT_STREQ(running[0].made.call, GetParam().call);
  EXPECT_EQ(running[0].tid, body_tid);
  EXPECT_EQ(running[0].made.tid, CurrentTid());
  // The templates of <thread> and <future> stand in this executable.
  EXPECT_TRUE(IsFromMake(StackOf(running[0].made.stack), 20));
  EXPECT_THAT(FinishedThreads(), IsEmpty());
  gate.Set(true);
  undo_();
  ExpectNothingLeft();
}

TEST_P(ThreadWays, IsKnownUntilSomebodyLetsGoOfIt) {
  const uint64_t sequence = RunningThreads()[0].made.sequence;
  gate.Set(true);
  WaitUntil([] { return RunningThreads().empty(); });
  if (GetParam().is_let_go_at_once) {
    EXPECT_THAT(FinishedThreads(), IsEmpty());
  } else {
    const std::vector<FinishedThread> finished = FinishedThreads();
    ASSERT_THAT(finished, SizeIs(1));
    EXPECT_EQ(finished[0].made.sequence, sequence);
    EXPECT_EQ(finished[0].tid, body_tid);
  }
  undo_();
  ExpectNothingLeft();
}

TEST_P(ThreadWays, MayBeLetGoOfBeforeItEnds) {
  std::thread opener([] { gate.Set(true); });
  undo_();
  opener.join();
  ExpectNothingLeft();
}

INSTANTIATE_TEST_SUITE_P(All, ThreadWays, testing::ValuesIn(kWays),
                         [](const testing::TestParamInfo<ThreadWay>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace leaktrap::internal
