// How the look at a leak ends: at once where it is proven that nothing can
// change it, and only after the linger time where something could.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::Lt;
using testing::SizeIs;
using testing::Values;

constexpr char kChild[] = "testing/leaktrap/children/settling_child";
constexpr char kRingChild[] = "testing/leaktrap/children/settling_ring_child";

ChildResult RunTest(const std::string& test, ChildOptions options = {},
                    const char* child = kChild) {
  options.args.push_back("--gtest_filter=" + test);
  return RunChild(child, options);
}

std::string Name(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

class ProofTest : public testing::TestWithParam<std::string> {};

// Long enough for threads to be parked on any machine.
TEST_P(ProofTest, EndsTheLook) {
  const std::string test = "ProofTest." + GetParam();
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "30s";
  const ChildResult child = RunTest(test, options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed(test, ElementsAre(HasSubstr("ended=proof"))));
}

INSTANTIATE_TEST_SUITE_P(Leaks, ProofTest,
                         Values("DescriptorOfASingleThread",
                                "ThreadOnAConditionVariable",
                                "ManyThreadsAndADescriptor", "ThreadOnAMutex",
                                "ThreadInPthreadJoin", "ThreadInFutureWait",
                                "ThreadOnASemaphore", "HandlerOfSigterm",
                                "Child"),
                         Name);

TEST(SingleThreadTest, IsProvenInTwoLooksWithNothingWaited) {
  const std::string test = "ProofTest.DescriptorOfASingleThread";
  EXPECT_THAT(
      RunTest(test),
      TestFailed(test,
                 ElementsAre(HasSubstr("looks=2, waited=0, ended=proof"))));
}

ChildResult RunLingering(const std::string& test, const char* child = kChild) {
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "100ms";
  return RunTest(test, options, child);
}

class LingerTest : public testing::TestWithParam<std::string> {};

TEST_P(LingerTest, IsWaitedInFull) {
  const std::string test = "LingerTest." + GetParam();
  const ChildResult child = RunLingering(test);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed(test, ElementsAre(HasSubstr("ended=linger"))));
}

INSTANTIATE_TEST_SUITE_P(
    Leaks, LingerTest,
    Values("ThreadInEpollWait", "ThreadInNanosleepThenInEpollWait",
           "ThreadInRecv", "ThreadInNanosleep", "ThreadInSigwait",
           "ThreadInWaitpid", "ThreadThatSpins",
           "ThreadOnAConditionVariableWithATimeOut", "ThreadInSemTimedwait",
           "ThreadOnASemaphoreInSharedMemory", "ParkedThreadsAndOneThatSleeps",
           "ThreadsThatPassATokenRound", "HandlerOfSigalrm", "HandlerOfSigusr1",
           "ChildWithSigchldIgnored"),
    Name);

class RingTest : public testing::TestWithParam<std::string> {};

TEST_P(RingTest, IsWaitedInFull) {
  const std::string test = "RingTest." + GetParam();
  const ChildResult child = RunLingering(test, kRingChild);
  if (child.Test(test).skipped) GTEST_SKIP() << child.console;
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed(test, ElementsAre(HasSubstr("ended=linger"))));
}

INSTANTIATE_TEST_SUITE_P(Leaks, RingTest, Values("IsOpen", "IsOnlyMapped"),
                         Name);

TEST(SwapTest, IsFoundThoughTheCountsAreEqual) {
  for (const std::string test : {"SwapTest.DescriptorOfTheSameNumber",
                                 "SwapTest.DescriptorOfAnotherNumber"}) {
    EXPECT_THAT(
        RunTest(test),
        TestFailed(test, ElementsAre(AllOf(HasSubstr("left behind 1 desc"),
                                           HasSubstr("/dev/zero")))));
  }
  EXPECT_THAT(RunTest("SwapTest.Thread"),
              TestFailed("SwapTest.Thread",
                         ElementsAre(AllOf(HasSubstr("left behind 1 thread"),
                                           HasSubstr("ended=proof")))));
}

// What `console` says was waited, in the order of the reports.
std::vector<absl::Duration> Waited(const std::string& console) {
  std::vector<absl::Duration> durations;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(console, "waited=");
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> number_and_rest =
        absl::StrSplit(parts[i], absl::MaxSplits(',', 1));
    absl::Duration duration;
    EXPECT_TRUE(
        absl::ParseDuration(std::string(number_and_rest.first), &duration))
        << number_and_rest.first;
    durations.push_back(duration);
  }
  return durations;
}

// Halves leave room for a busy machine, on which each pause takes longer.
TEST(RepeatTest, WhatWasWaitedForInFullIsThenWaitedATenth) {
  ChildOptions options;
  options.args = {"--gtest_repeat=3"};
  options.env["LEAKTRAP_LINGER"] = "1s";
  const ChildResult child =
      RunTest("LingerTest.DescriptorBesideAThread", options);
  const std::vector<absl::Duration> waited = Waited(child.console);
  ASSERT_THAT(waited, SizeIs(3)) << child;
  EXPECT_THAT(waited, ElementsAre(Gt(absl::Milliseconds(500)),
                                  Lt(absl::Milliseconds(500)),
                                  Lt(absl::Milliseconds(500))))
      << child;
}

TEST(RepeatTest, WhatWentLateIsWaitedForInFullAgain) {
  ChildOptions options;
  options.args = {"--gtest_repeat=2"};
  options.env["LEAKTRAP_LINGER"] = "3s";
  const ChildResult child = RunTest("LateTest.BesideOneThatStays", options);
  // Of the first round. The XML is that of the second.
  EXPECT_THAT(child, Console(HasSubstr("left behind 1 thread")));
  // A tenth of the time would be too short.
  EXPECT_THAT(child, TestPassed("LateTest.BesideOneThatStays"));
}

}  // namespace
}  // namespace leaktrap
