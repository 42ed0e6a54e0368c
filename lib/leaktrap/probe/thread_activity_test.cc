// What the thread probe says of threads that run.

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

class ThreadActivityTest : public testing::Test {
 protected:
  ThreadActivityTest() {
    std::atomic<int> tid{0};
    runner_ = std::thread([&] {
      tid = OwnProcTid();
      while (!over_) continue;
    });
    while (tid == 0) std::this_thread::yield();
    runners_tid_ = tid;
  }
  ~ThreadActivityTest() override {
    over_ = true;
    runner_.join();
  }

  Identity Find(int tid) {
    const Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    for (const Identity& identity : listing.identities) {
      if (identity.number == static_cast<uint64_t>(tid)) return identity;
    }
    ADD_FAILURE() << tid << " is not listed";
    return {};
  }

  // How often it waited while it asked fifty times what the runner does.
  int64_t AskAboutTheRunner(const Identity& runner) {
    rusage before = {}, after = {};
    EXPECT_EQ(getrusage(RUSAGE_THREAD, &before), 0);
    for (int i = 0; i < 50; ++i) {
      const auto now = probe_->DescribeActivity(runner);
      EXPECT_TRUE(now && now->stack.empty());
      EXPECT_TRUE(now && now->why_not == "running");
    }
    EXPECT_EQ(getrusage(RUSAGE_THREAD, &after), 0);
    // Each wait is a switch to another thread.
    return after.ru_nvcsw - before.ru_nvcsw;
  }

  const std::unique_ptr<Probe> probe_ = NewThreadProbe();
  std::atomic<bool> over_{false};
  std::thread runner_;
  int runners_tid_ = 0;
};

// A hundred of them would hold a report up for seconds.
TEST_F(ThreadActivityTest, WaitsLessAndLessForThreadsThatRun) {
  for (int look = 0; look < 2; ++look) {
    const int64_t waits = AskAboutTheRunner(Find(runners_tid_));
    EXPECT_GE(waits, 19);
    EXPECT_LT(waits, 200);
  }
}

TEST_F(ThreadActivityTest, ThatSpoilsNothingForTheOthers) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::atomic<int> tid{0};
  std::thread reader([&] {
    tid = OwnProcTid();
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), 0);
  });
  while (tid == 0) std::this_thread::yield();
  std::optional<Activity> now;
  for (int round = 0; round < 100; ++round) {
    if (now && now->descriptor == ends[0]) break;
    const Identity identity = Find(tid);
    AskAboutTheRunner(Find(runners_tid_));
    now = probe_->DescribeActivity(identity);
  }
  EXPECT_TRUE(now && !now->stack.empty());
  close(ends[1]);
  reader.join();
  close(ends[0]);
}

TEST(WaitsOnTest, TheThreadThatLooksWaitsOnNothing) {
  const uint64_t tid = static_cast<uint64_t>(OwnProcTid());
  EXPECT_TRUE(NewThreadProbe()->WaitsOn({Kind::kThread, 0, tid, {}}).empty());
}

}  // namespace
}  // namespace leaktrap::internal
