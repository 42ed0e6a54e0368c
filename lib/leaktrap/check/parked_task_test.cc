#include "leaktrap/check/parked_task.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

bool NeverPrivate(uint64_t) { return false; }

// 202 is futex(2) on x86-64; FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG is 0x89.
std::string Futex(const std::string& operation, const std::string& timeout) {
  return "202 0x5500 " + operation + " 0x2 " + timeout +
         " 0x0 0xffffffff 0x7ffc0000 0x7fa00000\n";
}

TEST(IsParkedForGoodTest, PrivateWaitsWithoutATimeOut) {
  for (const char* operation : {"0x80", "0x89", "0x86", "0x189"}) {
    EXPECT_TRUE(IsParkedForGood(Futex(operation, "0x0"), NeverPrivate))
        << operation;
  }
}

TEST(IsParkedForGoodTest, NotWithATimeOut) {
  EXPECT_FALSE(IsParkedForGood(Futex("0x89", "0x7ffc1000"), NeverPrivate));
}

TEST(IsParkedForGoodTest, NotInAnotherFutexOperation) {
  // FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2
  for (const char* operation : {"0x81", "0x83", "0x8b", "0x8d"}) {
    EXPECT_FALSE(IsParkedForGood(Futex(operation, "0x0"), NeverPrivate))
        << operation;
  }
}

TEST(IsParkedForGoodTest, ASharedWordMustLieInAPrivateMapping) {
  uint64_t asked = 0;
  EXPECT_TRUE(IsParkedForGood(Futex("0x109", "0x0"), [&](uint64_t address) {
    asked = address;
    return true;
  }));
  EXPECT_EQ(asked, 0x5500u);
  EXPECT_FALSE(IsParkedForGood(Futex("0x109", "0x0"), NeverPrivate));
}

TEST(IsParkedForGoodTest, NotInAnotherCall) {
  EXPECT_FALSE(IsParkedForGood(
      "232 0x5 0x7f 0x40 0x0 0x0 0x0 0x7ffc0000 0x7fa00000\n", NeverPrivate));
}

TEST(IsParkedForGoodTest, NotWhatItDoesNotUnderstand) {
  for (const char* text : {"", "running\n", "-1 0x7ffc0000 0x7fa00000\n",
                           "202 0x5500 0x80\n", "202 x y z 0x0 0 0 0 0"}) {
    EXPECT_FALSE(IsParkedForGood(text, NeverPrivate)) << text;
  }
}

TEST(RunCountTest, IsTheThirdField) {
  EXPECT_EQ(RunCount("123 456 7\n"), 7u);
  EXPECT_EQ(RunCount("0 0 0\n"), std::nullopt);  // not counted
  EXPECT_EQ(RunCount(""), std::nullopt);
  EXPECT_EQ(RunCount("1 2\n"), std::nullopt);
  EXPECT_EQ(RunCount("1 2 x\n"), std::nullopt);
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
