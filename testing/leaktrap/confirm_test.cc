// Leaks are confirmed by running their test again: what becomes of them then.

#include <map>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"

namespace leaktrap::internal {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ChildResult RunConfirmed(const std::string& filter,
                         const std::vector<std::string>& args = {},
                         const std::map<std::string, std::string>& env = {}) {
  ChildOptions options;
  options.args = {"--leaktrap_confirm=3", "--gtest_filter=" + filter};
  options.args.insert(options.args.end(), args.begin(), args.end());
  options.env = env;
  return RunChild("testing/leaktrap/children/confirm_child", options);
}

TEST(ConfirmTest, FirstUseIsANoteThatNamesIt) {
  const ChildResult child = RunConfirmed("Log.*");
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(
      child,
      Console(
          AllOf(HasSubstr("Log.IsOpenedOnFirstUse left behind, tolerated: "),
                HasSubstr("Leaktrap, first use, as 3 rounds of "
                          "Log.IsOpenedOnFirstUse alone show: descriptors "
                          "maker=app::OpenLog\n  at "
                          "testing/leaktrap/children/confirm_child.cc:"),
                HasSubstr("\n    descriptors maker=app::OpenLog reason=made on "
                          "first use, and kept\n"))));
}

TEST(ConfirmTest, WhatGrowsFailsAsBefore) {
  const ChildResult child = RunConfirmed("Leak.*");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Leak.InEachRound",
                                ElementsAre(HasSubstr(
                                    "\n  confirmed: 1 more in each of 3 rounds "
                                    "of this test alone"))));
  EXPECT_THAT(child, TestFailed("Leak.NowAndThen",
                                ElementsAre(HasSubstr(
                                    "\n  confirmed: in 2 of 3 rounds of this "
                                    "test alone"))));
}

TEST(ConfirmTest, OfOneTestSomeMayStay) {
  const ChildResult child = RunConfirmed("Both.*");
  EXPECT_THAT(
      child,
      TestFailed("Both.FirstUseAndALeak",
                 ElementsAre(AllOf(
                     HasSubstr("left behind 1 descriptor:"),
                     HasSubstr("Both_FirstUseAndALeak_Test::TestBody\": "
                               "confirmed: 1 more in each of 3 rounds")))));
  EXPECT_THAT(child, Console(HasSubstr("alone show: descriptors "
                                       "maker=app::OpenOther\n")));
}

TEST(ConfirmTest, WhatDependsOnTestsBeforeFailsAsBefore) {
  const ChildResult child = RunConfirmed("Order.*");
  EXPECT_THAT(child, TestPassed("Order.ASetsTheScene"));
  EXPECT_THAT(child,
              TestFailed("Order.BLeaksAfterA",
                         ElementsAre(HasSubstr(
                             "\n  not confirmed: in 3 rounds of this test "
                             "alone nothing is left behind; it depends on the "
                             "tests before"))));
}

TEST(ConfirmTest, WhatCannotBeConfirmedFailsAsBefore) {
  const ChildResult child = RunConfirmed("Order.ASets*:Order.CrashesWithoutA");
  EXPECT_THAT(
      child,
      TestFailed("Order.CrashesWithoutA",
                 ElementsAre(AllOf(
                     HasSubstr("\n  could not be confirmed: alone it was "
                               "killed by signal 6 (Aborted); it had written"),
                     HasSubstr("\n    | without the scene")))));
}

// Only the first of them can be of first use.
TEST(ConfirmTest, TheSecondLeakOfAMakerIsNoFirstUse) {
  const ChildResult child = RunConfirmed("PerName.*");
  EXPECT_THAT(child, TestPassed("PerName.One"));
  EXPECT_THAT(child,
              TestFailed("PerName.Two",
                         ElementsAre(HasSubstr(
                             "\n  no first use: the same maker has left "
                             "something behind before, in PerName.One"))));
}

TEST(ConfirmTest, WhoUsesUpEveryDescriptorLeaksThem) {
  const ChildResult child = RunConfirmed("Exhausted.*");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Exhausted.EveryDescriptorIsLeaked",
                                ElementsAre(HasSubstr(
                                    "it looks like first use, but no more than "
                                    "16 are taken for that; here it is "))));
}

TEST(ConfirmTest, WhatAThreadOfFirstUseMakesIsALeak) {
  const ChildResult child = RunConfirmed("Worker.*");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              TestFailed("Worker.AStartsAndAsks",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 1 thread, 1 descriptor"),
                             ContainsRegex("with it goes descriptors maker=.*"
                                           "Worker::Open\"?, confirmed: 1 more "
                                           "in each of 3 rounds")))));
}

TEST(ConfirmTest, NobodyIsChargedWithWhatAForgivenThreadMakes) {
  const ChildResult child = RunConfirmed("LazyWorker.*");
  EXPECT_THAT(child, TestPassed("LazyWorker.AStarts"));
  EXPECT_THAT(child, Console(HasSubstr("as 3 rounds of LazyWorker.AStarts "
                                       "alone show: threads maker=")));
  EXPECT_THAT(child,
              TestFailed("LazyWorker.BAsks",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 2 descriptors"),
                             HasSubstr("confirmed: 2 more in each of 3")))));
}

TEST(ConfirmTest, ParameterisedAndTypedTests) {
  const ChildResult child =
      RunConfirmed("Small/Numbers.*:Typed/*:My/Pattern/*");
  for (const char* test : {"Small/Numbers.Leak/1", "Typed/1.Leaks",
                           "My/Pattern/0.Leaks", "My/Pattern/1.Leaks"}) {
    EXPECT_THAT(child, TestFailed(test, ElementsAre(ContainsRegex(
                                            "confirmed: 1 more in each of 3 "
                                            "rounds|no first use"))));
  }
}

TEST(ConfirmTest, MainsOwnFlagsAreKept) {
  EXPECT_THAT(RunConfirmed("Flag.*", {"--mine"}), AllPassed());
  EXPECT_THAT(RunConfirmed("Flag.*"),
              TestFailed("Flag.FirstUseWithMine",
                         ElementsAre(HasSubstr("confirmed: 1 more in each"))));
}

TEST(ConfirmTest, InAnotherFolderThanAtTheStart) {
  const ChildResult child = RunConfirmed("Folder.*");
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(HasSubstr("as 3 rounds of Folder.BMakes")));
}

TEST(ConfirmTest, ScopesSuitesAndOffAreAsBefore) {
  const ChildResult scope = RunConfirmed("Scope.*");
  EXPECT_THAT(scope, TestFailed("Scope.OnFirstUse"));
  EXPECT_THAT(scope, Console(Not(HasSubstr("confirmed"))));
  ChildOptions options;
  options.args = {"--gtest_filter=Log.*:Leak.InEachRound",
                  "--leaktrap_confirm=3", "--leaktrap_confirm=0"};
  const ChildResult off =
      RunChild("testing/leaktrap/children/confirm_child", options);
  EXPECT_THAT(off, TestFailed("Log.IsOpenedOnFirstUse"));
  EXPECT_THAT(off, Console(Not(HasSubstr("confirmed"))));
}

TEST(ConfirmTest, ByAVariableAndInShards) {
  ChildOptions options;
  options.args = {"--gtest_filter=Log.*"};
  options.env = {{"LEAKTRAP_CONFIRM", "4"},
                 {"GTEST_TOTAL_SHARDS", "7"},
                 {"GTEST_SHARD_INDEX", "0"}};
  EXPECT_THAT(RunChild("testing/leaktrap/children/confirm_child", options),
              AllOf(AllPassed(), Console(HasSubstr("as 4 rounds of Log."))));
}

TEST(ConfirmTest, ByMain) {
  ChildOptions options;
  options.args = {"--gtest_filter=Log.*:Leak.InEachRound"};
  options.env = {{"CONFIRM_BY_MAIN", "1"}};
  const ChildResult child =
      RunChild("testing/leaktrap/children/confirm_child", options);
  EXPECT_THAT(child, Console(HasSubstr("as 4 rounds of Log.")));
  EXPECT_THAT(child, TestFailed("Leak.InEachRound",
                                ElementsAre(HasSubstr(
                                    "confirmed: 1 more in each of 4 rounds"))));
}

TEST(ConfirmTest, ABadNumberFailsTheRun) {
  for (const char* bad :
       {"1", "2", "-1", "", "x", "3.5", "1001", "2000000000"}) {
    EXPECT_THAT(
        RunConfirmed("Log.*", {std::string("--leaktrap_confirm=") + bad}),
        AllOf(ExitedWith(1),
              Console(HasSubstr(std::string("--leaktrap_confirm: \"") + bad +
                                "\" is no number of rounds"))));
  }
  EXPECT_THAT(Options().Confirm(2).errors(),
              ElementsAre("Confirm(2): give at least 3 rounds, or 0 for none"));
  EXPECT_THAT(Options().Confirm(1001).errors(),
              ElementsAre("Confirm(1001): give at most 1000 rounds"));
  EXPECT_THAT(Options().Confirm(0).Confirm(3).Confirm(1000).errors(),
              IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
