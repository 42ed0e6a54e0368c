#include "leaktrap/check/parked_task.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdint>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/probe/standing_threads.h"

namespace leaktrap::internal {
namespace {

bool NeverPrivate(uint64_t) { return false; }

constexpr uint64_t kWord = 0x5500;

// A thread that sleeps in futex(2).
StandingThread InFutex(uint64_t operation) {
  StandingThread thread;
  thread.stat.state = 'S';
  thread.place.number = SYS_futex;
  thread.place.arguments = {kWord, operation, 2, 0, 0, 0xffffffff};
  return thread;
}

constexpr uint64_t kPrivateWait = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;

TEST(IsParkedForGoodTest, PrivateWaitsWithoutATimeOut) {
  for (const uint64_t operation : {0x80, 0x89, 0x86, 0x189}) {
    EXPECT_TRUE(IsParkedForGood(InFutex(operation), NeverPrivate)) << operation;
  }
}

TEST(IsParkedForGoodTest, NotWithATimeOut) {
  StandingThread thread = InFutex(kPrivateWait);
  thread.place.arguments[3] = 0x7ffc1000;
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
}

TEST(IsParkedForGoodTest, NotInAnotherFutexOperation) {
  // FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2
  for (const uint64_t operation : {0x81, 0x83, 0x8b, 0x8d}) {
    EXPECT_FALSE(IsParkedForGood(InFutex(operation), NeverPrivate))
        << operation;
  }
}

TEST(IsParkedForGoodTest, ASharedWordMustLieInAPrivateMapping) {
  const StandingThread thread = InFutex(FUTEX_WAIT_BITSET);
  uint64_t asked = 0;
  EXPECT_TRUE(IsParkedForGood(thread, [&](uint64_t address) {
    asked = address;
    return true;
  }));
  EXPECT_EQ(asked, kWord);
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
}

TEST(IsParkedForGoodTest, NotInAnotherCallOrInNone) {
  StandingThread thread = InFutex(kPrivateWait);
  ASSERT_TRUE(IsParkedForGood(thread, NeverPrivate));
  thread.place.number = SYS_epoll_wait;
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
  thread.place.number = -1;
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
}

TEST(IsParkedForGoodTest, NotWhenItRuns) {
  StandingThread thread = InFutex(kPrivateWait);
  thread.place.is_running = true;
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
}

// It has no processor yet: then what the kernel says of its place is old.
TEST(IsParkedForGoodTest, NotWhenItWasWoken) {
  StandingThread thread = InFutex(kPrivateWait);
  thread.stat.state = 'R';
  EXPECT_FALSE(IsParkedForGood(thread, NeverPrivate));
}

TEST(SleepCountTest, IsOfItsOwnAccord) {
  EXPECT_EQ(SleepCount("Name:\tx\nvoluntary_ctxt_switches:\t150\n"
                       "nonvoluntary_ctxt_switches:\t545\n"),
            150u);
  EXPECT_EQ(SleepCount("nonvoluntary_ctxt_switches:\t545\n"), std::nullopt);
  EXPECT_EQ(SleepCount("voluntary_ctxt_switches:\tmany\n"), std::nullopt);
  EXPECT_EQ(SleepCount(""), std::nullopt);
}

std::string Status(const std::string& caught) {
  return "Name:\tSigCgt: 0\nSigIgn:\t0000000000000002\nSigCgt:\t" + caught +
         "\nCapInh:\t0000000000000000\n";
}

TEST(HandlersAreHarmlessTest, FaultsGlibcsOwnAndEndOfRun) {
  EXPECT_TRUE(HandlersAreHarmless(Status("0000000000000000")));
  EXPECT_TRUE(HandlersAreHarmless(Status("0000000180000000")));  // 32, 33
  EXPECT_TRUE(HandlersAreHarmless(Status("0000000000004002")));  // INT, TERM
  EXPECT_TRUE(HandlersAreHarmless(Status("00000000000004f8")));  // the faults
}

TEST(HandlersAreHarmlessTest, NotAnyOther) {
  EXPECT_FALSE(HandlersAreHarmless(Status("0000000000002000")));  // ALRM
  EXPECT_FALSE(HandlersAreHarmless(Status("0000000000010000")));  // CHLD
  EXPECT_FALSE(HandlersAreHarmless(Status("0000000000000200")));  // USR1
  EXPECT_FALSE(HandlersAreHarmless(Status("0000000200000000")));  // 34
}

TEST(HandlersAreHarmlessTest, NotWhatItDoesNotUnderstand) {
  EXPECT_FALSE(HandlersAreHarmless(""));
  EXPECT_FALSE(HandlersAreHarmless("SigIgn:\t0000000000000000\n"));
  EXPECT_FALSE(HandlersAreHarmless(Status("none")));
}

constexpr char kMaps[] =
    "55d0a000-55d0b000 r--p 00000000 08:01 123   /bin/with blanks\n"
    "7f000000-7f001000 rw-s 00000000 00:01 9   /dev/shm/x\n"
    "7f001000-7f002000 rw-p 00000000 00:00 0 \n";

TEST(IsInPrivateMappingTest, ByTheRangeThatHoldsIt) {
  EXPECT_TRUE(IsInPrivateMapping(kMaps, 0x55d0a000));
  EXPECT_FALSE(IsInPrivateMapping(kMaps, 0x7f000fff));
  EXPECT_TRUE(IsInPrivateMapping(kMaps, 0x7f001000));
  EXPECT_FALSE(IsInPrivateMapping(kMaps, 0x7f002000));
  EXPECT_FALSE(IsInPrivateMapping("", 0x7f001000));
  EXPECT_FALSE(IsInPrivateMapping("what is this\n", 0x7f001000));
}

TEST(IsIoUringTest, InLinksAndMaps) {
  EXPECT_TRUE(IsIoUring("anon_inode:[io_uring]"));
  EXPECT_FALSE(IsIoUring("anon_inode:[eventpoll]"));
}

}  // namespace
}  // namespace leaktrap::internal
