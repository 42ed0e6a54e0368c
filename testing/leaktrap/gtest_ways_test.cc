// All of GoogleTest's ways to run tests: the same verdicts, each once.

#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::KilledBy;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using child::TestSkipped;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Those that are alike in every order and in every process.
constexpr char kOrdinary[] = "--gtest_filter=-Death.*:Throws.*:Reexec.*";

ChildResult RunWays(const std::vector<std::string>& args,
                    const std::map<std::string, std::string>& env = {}) {
  ChildOptions options;
  options.args = args;
  options.env = env;
  return RunChild("testing/leaktrap/children/ways_child", options);
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

auto OneLeak(const std::string& owner) {
  return ElementsAre(HasSubstr(owner + " left behind 1 "));
}

auto SuiteLeak() {
  return HasSubstr(
      "The test suite SuiteThatLeaks, outside its tests, left behind 1 "
      "descriptor:");
}

// The tests that ran, and the failures of each.
std::map<std::string, size_t> Verdicts(const ChildResult& child) {
  std::map<std::string, size_t> verdicts;
  for (const child::TestResult& test : child.tests) {
    if (test.ran) verdicts[test.full_name()] = test.failures.size();
  }
  return verdicts;
}

const std::map<std::string, size_t> kVerdicts = {
    {"Leak.Thread", 1},
    {"Leak.Descriptor", 1},
    {"Clean.Thread", 0},
    {"Clean.Descriptor", 0},
    {"Clean.Empty", 0},
    {"SuiteThatLeaks.First", 0},
    {"SuiteThatLeaks.Second", 0},
    {"Small/Numbers.TwoLeaks/0", 0},
    {"Small/Numbers.TwoLeaks/1", 1},
    {"Small/Numbers.TwoLeaks/2", 0},
    {"Typed/0.LongLeaks", 0},
    {"Typed/1.LongLeaks", 1},
    {"My/Pattern/0.LongLeaks", 0},
    {"My/Pattern/1.LongLeaks", 1},
};

void ExpectTheVerdicts(const ChildResult& child) {
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_EQ(Verdicts(child), kVerdicts) << child;
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(SuiteLeak())));
}

TEST(WaysTest, ParameterisedAndTypedTestsAreNamedInFull) {
  const ChildResult child = RunWays({kOrdinary});
  ExpectTheVerdicts(child);
  for (const char* test : {"Small/Numbers.TwoLeaks/1", "Typed/1.LongLeaks",
                           "My/Pattern/1.LongLeaks"}) {
    EXPECT_THAT(child, TestFailed(test, OneLeak(test)));
  }
}

TEST(WaysTest, EitherMain) {
  ExpectTheVerdicts(RunWays({kOrdinary}, {{"INIT_GOOGLE_MOCK", "1"}}));
}

TEST(WaysTest, OnAnotherThreadThanMains) {
  const ChildResult child = RunWays({kOrdinary}, {{"ON_ANOTHER_THREAD", "1"}});
  ExpectTheVerdicts(child);
  EXPECT_THAT(child, Console(Not(HasSubstr("there before"))));
}

std::vector<std::string> Order(const std::string& console) {
  const std::string run = "[ RUN      ] ";
  std::vector<std::string> order;
  for (size_t at = console.find(run); at != std::string::npos;
       at = console.find(run, at + 1)) {
    order.push_back(console.substr(at, console.find('\n', at) - at));
  }
  return order;
}

TEST(WaysTest, InEveryOrder) {
  std::set<std::vector<std::string>> orders;
  for (int seed = 1; seed <= 20; ++seed) {
    const ChildResult child =
        RunWays({kOrdinary, "--gtest_shuffle",
                 "--gtest_random_seed=" + std::to_string(seed)});
    ExpectTheVerdicts(child);
    orders.insert(Order(child.console));
  }
  EXPECT_THAT(orders, SizeIs(20));
}

TEST(WaysTest, EachRoundOfARepeatedRun) {
  const ChildResult child = RunWays({kOrdinary, "--gtest_repeat=3"});
  EXPECT_EQ(Verdicts(child), kVerdicts) << child;
  for (const auto& [test, failures] : kVerdicts) {
    EXPECT_EQ(Count(child.console, test + " left behind 1 "), 3 * failures)
        << test << "\n"
        << child;
  }
  // GoogleTest keeps what was raised outside tests from round to round.
  EXPECT_THAT(child, FailuresOutsideTests(
                         ElementsAre(SuiteLeak(), SuiteLeak(), SuiteLeak())));
}

TEST(WaysTest, AFilterChoosesWhatIsJudged) {
  EXPECT_THAT(
      RunWays({"--gtest_filter=Clean.*:SuiteThatLeaks.None"}),
      AllOf(AllPassed(), Console(HasSubstr("3 tests checked, 0 leaks"))));
  const ChildResult child = RunWays({"--gtest_filter=Small/*:-*/1"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(Verdicts(child), SizeIs(2));
  EXPECT_THAT(RunWays({"--gtest_filter=Nothing.*"}), ExitedWith(0));
}

TEST(WaysTest, ShardsAddUpToTheWhole) {
  std::map<std::string, size_t> verdicts;
  for (const char* shard : {"0", "1", "2"}) {
    const ChildResult child =
        RunWays({kOrdinary},
                {{"GTEST_TOTAL_SHARDS", "3"}, {"GTEST_SHARD_INDEX", shard}});
    for (const auto& [test, failures] : Verdicts(child)) {
      EXPECT_TRUE(verdicts.emplace(test, failures).second) << test;
    }
    // A suite is judged in each shard that has a test of it.
    const bool has_suite =
        std::any_of(child.tests.begin(), child.tests.end(),
                    [](const child::TestResult& test) {
                      return test.suite == "SuiteThatLeaks" && test.ran;
                    });
    EXPECT_THAT(child, FailuresOutsideTests(SizeIs(has_suite ? 1 : 0)));
  }
  EXPECT_EQ(verdicts, kVerdicts);
}

TEST(WaysTest, AnEmptyShardPasses) {
  const ChildResult child =
      RunWays({"--gtest_filter=Leak.Thread"},
              {{"GTEST_TOTAL_SHARDS", "2"}, {"GTEST_SHARD_INDEX", "1"}});
  EXPECT_THAT(child, ExitedWith(0));
  EXPECT_THAT(child, Console(HasSubstr("0 tests checked, 0 leaks")));
}

TEST(WaysTest, FailFastStopsAtTheFirstLeak) {
  const ChildResult child =
      RunWays({"--gtest_filter=Leak.*:Clean.*", "--gtest_fail_fast"});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Leak.Thread", OneLeak("Leak.Thread")));
  EXPECT_THAT(child, TestSkipped("Leak.Descriptor"));
  EXPECT_THAT(child, TestSkipped("Clean.Empty"));
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(child, Console(HasSubstr(" 1 leak, ")));
}

TEST(WaysTest, DisabledTestsAreJudgedWhenTheyRun) {
  EXPECT_THAT(RunWays({"--gtest_filter=Leak.DISABLED_*:Clean.*"}), AllPassed());
  EXPECT_THAT(RunWays({"--gtest_filter=Leak.DISABLED_*:Clean.*",
                       "--gtest_also_run_disabled_tests"}),
              AllOf(ExitedWith(1), TestFailed("Leak.DISABLED_Descriptor",
                                              OneLeak("DISABLED_Descriptor"))));
}

TEST(WaysTest, ListingTestsSaysNothingElse) {
  const ChildResult child =
      RunWays({"--gtest_filter=Leak.*", "--gtest_list_tests"});
  EXPECT_THAT(child, ExitedWith(0));
  EXPECT_EQ(child.console,
            "Leak.\n  Thread\n  Descriptor\n  DISABLED_Descriptor\n");
}

class DeathStyleTest : public testing::TestWithParam<const char*> {};

TEST_P(DeathStyleTest, OnlyTheParentIsJudged) {
  const ChildResult child =
      RunWays({"--gtest_filter=Death.*",
               std::string("--gtest_death_test_style=") + GetParam()});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("Death.ChildExits"));
  EXPECT_THAT(child, TestPassed("Death.ChildAborts"));
  EXPECT_THAT(child, TestPassed("Death.ChildExitsWithoutHandlers"));
  EXPECT_THAT(child, TestPassed("Death.ChildLeavesAScope"));
  EXPECT_THAT(child,
              TestFailed("Death.ParentLeaks", OneLeak("Death.ParentLeaks")));
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  EXPECT_EQ(Count(child.console, " tests checked,"), 1) << child;
#ifndef __SANITIZE_THREAD__  // that has a thread of its own
  EXPECT_THAT(child, Console(Not(HasSubstr("Death tests use fork()"))));
#endif
}

INSTANTIATE_TEST_SUITE_P(Both, DeathStyleTest,
                         testing::Values("fast", "threadsafe"),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

TEST(WaysTest, ThrowOnFailureEndsNothing) {
  ExpectTheVerdicts(RunWays({kOrdinary, "--gtest_throw_on_failure"}));
}

TEST(WaysTest, BreakOnFailureTrapsAtALeak) {
  for (const char* test : {"Leak.Descriptor", "SuiteThatLeaks.First"}) {
    const ChildResult child =
        RunWays({std::string("--gtest_filter=Clean.*:") + test,
                 "--gtest_break_on_failure"});
    EXPECT_THAT(child, KilledBy(SIGTRAP));
    EXPECT_THAT(child, Console(HasSubstr("left behind 1 descriptor:")));
  }
  EXPECT_THAT(RunWays({"--gtest_filter=Clean.*", "--gtest_break_on_failure"}),
              AllPassed());
}

TEST(WaysTest, WithoutCatchingExceptions) {
  ExpectTheVerdicts(RunWays({kOrdinary, "--gtest_catch_exceptions=0"}));
  const ChildResult child = RunWays(
      {"--gtest_filter=Clean.*:Throws.*", "--gtest_catch_exceptions=0"});
  EXPECT_THAT(child, KilledBy(SIGABRT));
  EXPECT_THAT(child, Console(HasSubstr("thrown by the test")));
}

TEST(WaysTest, RunTwice) {
  // The exit code is the first run's times ten and the second's; the XML is the
  // second's.
  ChildResult child = RunWays({"--gtest_filter=Leak.*:Clean.*"},
                              {{"RUN_THIS_FIRST", "Leak.*:Clean.*"}});
  EXPECT_THAT(child, ExitedWith(11));
  EXPECT_THAT(child, TestFailed("Leak.Thread", OneLeak("Leak.Thread")));
  EXPECT_THAT(child, TestFailed("Leak.Descriptor", OneLeak("Leak.Descriptor")));
  EXPECT_THAT(child, TestPassed("Clean.Thread"));
  EXPECT_EQ(Count(child.console, "5 tests checked, 2 leaks"), 2) << child;

  child = RunWays({"--gtest_filter=Clean.*"}, {{"RUN_THIS_FIRST", "Leak.*"}});
  EXPECT_THAT(child, ExitedWith(10));
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  // What the first run left is main's for the second.
  EXPECT_THAT(child,
              Console(HasSubstr("leaves alone what was there before "
                                "RUN_ALL_TESTS(): 1 thread, 1 descriptor.")));

  child = RunWays({"--gtest_filter=Leak.*"}, {{"RUN_THIS_FIRST", "Clean.*"}});
  EXPECT_THAT(child, ExitedWith(1));
}

TEST(WaysTest, ATestThatRunsTheBinaryAgain) {
  const ChildResult child = RunWays({"--gtest_filter=Reexec.*"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child,
              Console(HasSubstr("Leak.Descriptor left behind 1 descriptor:")));
  // It inherits no descriptor of Leaktrap's.
  EXPECT_THAT(child, Console(Not(HasSubstr("there before"))));
}

}  // namespace
}  // namespace leaktrap
