#include "child/child_matchers.h"

#include <signal.h>

#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::child {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StringMatchResultListener;

// One test of each fate.
ChildResult Mixed() {
  ChildResult child;
  child.exit_code = 1;
  child.console = "what it wrote";
  child.has_xml = true;
  child.tests = {{"S", "Passed", true, false, {}},
                 {"S", "Failed", true, false, {"one leak"}},
                 {"S", "Skipped", true, true, {}},
                 {"S", "SkippedAndFailed", true, true, {"two leaks"}},
                 {"S", "Disabled", false, false, {}}};
  return child;
}

ChildResult Clean() {
  ChildResult child;
  child.exit_code = 0;
  child.has_xml = true;
  child.tests = {{"S", "Passed", true, false, {}}};
  return child;
}

TEST(ChildMatchersTest, Ends) {
  ChildResult child = Clean();
  EXPECT_THAT(child, ExitedWith(0));
  EXPECT_THAT(child, Not(ExitedWith(1)));
  EXPECT_THAT(child, Not(KilledBy(SIGKILL)));
  EXPECT_THAT(child, Not(TimedOut()));

  child.exit_code = -1;
  child.signal = SIGKILL;
  EXPECT_THAT(child, KilledBy(SIGKILL));
  EXPECT_THAT(child, Not(KilledBy(SIGABRT)));
  EXPECT_THAT(child, Not(ExitedWith(-1)));

  child.timed_out = true;
  EXPECT_THAT(child, TimedOut());
  EXPECT_THAT(child, Not(KilledBy(SIGKILL)));
}

TEST(ChildMatchersTest, AllPassed) {
  EXPECT_THAT(Clean(), AllPassed());
  EXPECT_THAT(Mixed(), Not(AllPassed()));

  ChildResult child = Clean();
  child.exit_code = 1;
  EXPECT_THAT(child, Not(AllPassed()));
  child = Clean();
  child.has_xml = false;
  EXPECT_THAT(child, Not(AllPassed()));
  child = Clean();
  child.tests[0].failures = {"a leak"};
  EXPECT_THAT(child, Not(AllPassed()));
  child = Clean();
  child.tests[0].ran = false;
  EXPECT_THAT(child, Not(AllPassed()));
  child = Clean();
  child.failures_outside_tests = {"a leak"};
  EXPECT_THAT(child, Not(AllPassed()));
}

TEST(ChildMatchersTest, TestsOfEachFate) {
  const ChildResult child = Mixed();
  EXPECT_THAT(child, TestPassed("S.Passed"));
  EXPECT_THAT(child, Not(TestPassed("S.Failed")));
  EXPECT_THAT(child, Not(TestPassed("S.Skipped")));
  EXPECT_THAT(child, Not(TestPassed("S.Disabled")));

  EXPECT_THAT(child, TestSkipped("S.Skipped"));
  EXPECT_THAT(child, Not(TestSkipped("S.Passed")));
  EXPECT_THAT(child, Not(TestSkipped("S.SkippedAndFailed")));

  EXPECT_THAT(child, TestFailed("S.Failed"));
  EXPECT_THAT(child, TestFailed("S.SkippedAndFailed"));
  EXPECT_THAT(child, Not(TestFailed("S.Passed")));
  EXPECT_THAT(child, Not(TestFailed("S.Passed", IsEmpty())));
  EXPECT_THAT(child, TestFailed("S.Failed", ElementsAre(HasSubstr("leak"))));
  EXPECT_THAT(child, Not(TestFailed("S.Failed", ElementsAre("two leaks"))));
}

TEST(ChildMatchersTest, UnknownTestThrowsInsteadOfNotMatching) {
  const ChildResult child = Mixed();
  for (const ChildMatcher& matcher :
       {TestPassed("S.Typo"), TestFailed("S.Typo"), TestSkipped("S.Typo")}) {
    EXPECT_THROW((void)matcher.Matches(child), std::out_of_range);
  }
  EXPECT_EQ(child.Find("S.Typo"), nullptr);
  EXPECT_THROW((void)child.Failed("S.Typo"), std::out_of_range);
}

TEST(ChildMatchersTest, FailuresOutsideTests) {
  ChildResult child = Mixed();
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  child.failures_outside_tests = {"one"};
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre("one")));
  EXPECT_THAT(child, Not(FailuresOutsideTests(IsEmpty())));
  child.has_xml = false;
  EXPECT_THROW((void)FailuresOutsideTests(IsEmpty()).Matches(child),
               std::runtime_error);
}

TEST(ChildMatchersTest, Console) {
  EXPECT_THAT(Mixed(), Console(HasSubstr("it wrote")));
  EXPECT_THAT(Mixed(), Not(Console(HasSubstr("it did not write"))));
}

TEST(ChildMatchersTest, ResultPrintsAllThatAReaderNeeds) {
  ChildResult child = Mixed();
  child.failures_outside_tests = {"late leak"};
  EXPECT_THAT(
      testing::PrintToString(child),
      AllOf(HasSubstr("exited with 1\n"), HasSubstr("S.Passed: passed\n"),
            HasSubstr("S.Failed: failed\n"), HasSubstr("S.Skipped: skipped\n"),
            HasSubstr("S.SkippedAndFailed: failed\n"),
            HasSubstr("S.Disabled: not run\n"), HasSubstr("late leak"),
            HasSubstr("\nwhat it wrote\n")));

  child = {};
  child.signal = SIGABRT;
  EXPECT_THAT(testing::PrintToString(child),
              HasSubstr("killed by signal 6 and left no XML"));
  child.timed_out = true;
  EXPECT_THAT(testing::PrintToString(child), HasSubstr("ran out of time"));
}

TEST(ChildMatchersTest, MismatchExplainsTheFailures) {
  StringMatchResultListener listener;
  const ChildMatcher matcher = TestFailed("S.Failed", ElementsAre("other"));
  EXPECT_FALSE(matcher.MatchAndExplain(Mixed(), &listener));
  EXPECT_THAT(listener.str(), HasSubstr("element #0"));
  EXPECT_THAT(testing::DescribeMatcher<const ChildResult&>(matcher),
              AllOf(HasSubstr("S.Failed"), HasSubstr("other")));
}

}  // namespace
}  // namespace leaktrap::child
