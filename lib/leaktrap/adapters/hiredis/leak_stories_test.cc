// The verdicts on the stories: each leak is caught by name, each twin passes.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::hiredis {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LeakStoriesTest, EachLeakIsCaughtAndEachTwinIsClean) {
  ChildOptions options;
  options.args = {"--leaktrap_linger=100ms"};
  const ChildResult run =
      RunChild("lib/leaktrap/adapters/hiredis/leak_stories", options);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(run,
              TestFailed("Leaking.SessionThatIsNeverClosed",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 1 connection:"),
                             HasSubstr("of pool \"redis\" to 127.0.0.1:")))));
  const struct {
    const char* test;
    const char* dirt;
  } dirty[] = {
      {"ThrowsBetweenMultiAndExec", "inside MULTI (1 command queued)"},
      {"StaysSubscribed", "subscribed to 1 channel"},
      {"ReadsTwoAnswersOfThree", "with a reply not read"},
      {"GivesBackWhatTimedOut", "broken (Resource temporarily unavailable)"},
  };
  for (const auto& [test, dirt] : dirty) {
    EXPECT_THAT(run,
                TestFailed(std::string("Leaking.") + test,
                           ElementsAre(AllOf(
                               HasSubstr("gave back 1 connection dirty:"),
                               HasSubstr(std::string("given back ") + dirt)))));
  }
  EXPECT_THAT(run,
              TestFailed("Leaking.LeavesAMonitorOutsideOfAnyPool",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 1 descriptor, 1 resource:"),
                             HasSubstr("monitoring, on descriptor")))));
  int passed = 0;
  for (const child::TestResult& test : run.tests) {
    if (test.suite != "Fixed") continue;
    EXPECT_THAT(run, TestPassed(test.full_name()));
    ++passed;
  }
  EXPECT_EQ(passed, 7);
  EXPECT_THAT(run.tests, SizeIs(13));
}

}  // namespace
}  // namespace leaktrap::hiredis
