// Rules in use and out of use, functions of the user, and the line at the end.

#include <map>
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
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ChildResult RunRules(const std::vector<std::string>& args = {},
                     const std::map<std::string, std::string>& env = {}) {
  ChildOptions options;
  options.args = args;
  options.env = env;
  return RunChild("testing/leaktrap/children/rules_child", options);
}

TEST(RulesTest, ThoseThatMatchedNothingAreListed) {
  const ChildResult child = RunRules({}, {{"USELESS_RULE", "1"}});
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  for (const char* unused :
       {"the rule IgnoreConnection(\"gone\", \"of no use\") matched nothing.",
        "the rule MaxIdle(\"gone\", 1) matched nothing.",
        "the rule IgnoreThread(\"gone-*\", \"of no use to the scope\") at "
        "testing/leaktrap/children/rules_child.cc:"}) {
    EXPECT_THAT(child, Console(HasSubstr(unused)));
  }
  EXPECT_THAT(child, Console(Not(HasSubstr("\"in use\") matched nothing"))));
  EXPECT_THAT(child, Console(Not(HasSubstr("used by the scope"))));
  EXPECT_THAT(child, Console(HasSubstr(", 3 unused rules, ")));
}

TEST(RulesTest, InStrictModeTheyFailTheRun) {
  EXPECT_THAT(
      RunRules({"--leaktrap_strict"}, {{"USELESS_RULE", "1"}}),
      AllOf(ExitedWith(1),
            FailuresOutsideTests(ElementsAre(
                HasSubstr("IgnoreConnection(\"gone\", \"of no use\") matched "
                          "nothing; take it out"),
                HasSubstr("IgnoreThread(\"gone-*\""),
                HasSubstr("MaxIdle(\"gone\", 1)")))));
}

TEST(RulesTest, InARunOfSomeTestsTheyAreNotMissed) {
  const ChildResult child =
      RunRules({"--leaktrap_strict", "--gtest_filter=Rules.WarmedUp"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(Not(HasSubstr("matched nothing"))));
}

TEST(RulesTest, TheRunEndsWithALineOfFigures) {
  EXPECT_THAT(RunRules(),
              Console(HasSubstr("Leaktrap: 6 tests checked, 1 leak, 0 "
                                "tolerated, 1 unused rule, ")));
  ChildOptions options;
  options.args = {"--leaktrap_tolerate_in_total=descriptors:2",
                  "--gtest_filter=Leak.Descriptor:Leak.Thread"};
  EXPECT_THAT(RunChild("testing/leaktrap/children/leaks_child", options),
              Console(HasSubstr("2 tests checked, 1 leak, 1 tolerated, ")));
}

TEST(TolerateTest, IsOfEachTestAnew) {
  ChildOptions options;
  options.args = {"--leaktrap_tolerate=descriptors:1",
                  "--gtest_filter=Leak.Descriptor", "--gtest_repeat=2"};
  EXPECT_THAT(RunChild("testing/leaktrap/children/leaks_child", options),
              AllOf(AllPassed(), ExitedWith(0)));
}

TEST(TolerateInTotalTest, IsUsedUpByTheWholeRun) {
  ChildOptions options;
  options.args = {"--leaktrap_tolerate_in_total=descriptors:1",
                  "--gtest_filter=Leak.Descriptor", "--gtest_repeat=2"};
  const ChildResult child =
      RunChild("testing/leaktrap/children/leaks_child", options);
  // The XML is that of the second round.
  EXPECT_THAT(child, TestFailed("Leak.Descriptor"));
  EXPECT_THAT(child, Console(HasSubstr("[       OK ] Leak.Descriptor")));
}

TEST(BeforeCheckTest, MayStillLetGo) {
  EXPECT_THAT(RunRules({"--gtest_filter=Rules.Cached"}), AllPassed());
}

TEST(BeforeCheckTest, WhatItThrowsFailsTheTest) {
  EXPECT_THAT(
      RunRules({"--gtest_filter=Rules.Cached"}, {{"BEFORE_CHECK_THROWS", "1"}}),
      TestFailed("Rules.Cached",
                 ElementsAre(HasSubstr("BeforeCheck threw: thrown "
                                       "before the check"))));
}

TEST(WarmUpTest, WhatItMakesIsNobodysLeak) {
  const ChildResult child = RunRules({"--gtest_filter=Rules.WarmedUp"});
  EXPECT_THAT(child, AllPassed());
}

TEST(WarmUpTest, WhatItThrowsFailsTheRun) {
  const ChildResult child = RunRules({}, {{"WARM_UP_THROWS", "1"}});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(
                         HasSubstr("WarmUp threw: thrown while warming up"))));
  EXPECT_THAT(child, Console(Not(HasSubstr("SKIPPED"))));
  EXPECT_THAT(child, Console(HasSubstr("Leaktrap: no test was checked: the "
                                       "function given to WarmUp threw: ")));
  // Neither the tests nor their scopes are looked at.
  EXPECT_THAT(child, Console(Not(HasSubstr("left behind"))));
  EXPECT_THAT(child, TestPassed("Expect.Leaks"));
}

TEST(ExpectNoLeaksTest, ChecksOneStatement) {
  const ChildResult child = RunRules();
  EXPECT_THAT(child, TestPassed("Expect.NoLeaks"));
  EXPECT_THAT(child,
              TestFailed("Expect.Leaks",
                         ElementsAre(HasSubstr("left behind 1 thread"))));
}

}  // namespace
}  // namespace leaktrap
