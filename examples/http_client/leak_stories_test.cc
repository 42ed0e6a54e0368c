// The verdicts on the stories: each leak is caught by name, each twin passes.

#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "examples/http_client/story_verdicts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::ExitedWith;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Truly;

constexpr char kStories[] = "examples/http_client/leak_stories";

bool NamesAllThree(const std::string& failure) {
  return ResourcesNamedBy(failure).all();
}

void ExpectEachStory(const ChildResult& run) {
  EXPECT_THAT(run, ExitedWith(1));
  for (const char* test : {
           "Leaking.BodyNeitherReadNorClosed",
           "Leaking.HealthCheckReturnsOnTheStatusAlone",
           "Leaking.EarlyReturnOnAnErrorStatus",
           "Leaking.ClosedOnlyOnTheSuccessPath",
           "Leaking.OneLongAnswerAfterManyShortOnes",
       }) {
    EXPECT_THAT(
        run,
        TestFailed(test, ElementsAre(AllOf(
                             HasSubstr("1 thread, 1 descriptor, 1 connection"),
                             Truly(&NamesAllThree)))));
  }
  for (const char* test : {
           "Fixed.BodyReadToTheEnd",
           "Fixed.BodyClosed",
           "Fixed.HealthCheckLetsGoOfItsResponse",
           "Fixed.HealthCheckOfAnEmptyBodyHoldsNothing",
           "Fixed.EarlyReturnOnAnErrorStatus",
           "Fixed.ClosedOnEveryPath",
           "Fixed.TwoHundredRequestsOverOneConnection",
       }) {
    EXPECT_THAT(run, TestPassed(test));
  }
}

TEST(LeakStoriesTest, EachLeakIsCaughtAndEachTwinIsClean) {
  const ChildResult run = RunChild(kStories);
  ExpectEachStory(run);
  // None but those: the demo counts what it finds.
  const StoryVerdicts verdicts = JudgeStories(run);
  EXPECT_THAT(verdicts.complaints, IsEmpty());
  EXPECT_EQ(verdicts.leaks_caught, 5);
  EXPECT_EQ(verdicts.twins_passed, 7);
}

TEST(LeakStoriesTest, InAnyOrder) {
  for (const char* seed : {"1", "2", "3"}) {
    ChildOptions options;
    options.args = {"--gtest_shuffle",
                    std::string("--gtest_random_seed=") + seed};
    ExpectEachStory(RunChild(kStories, options));
  }
}

}  // namespace
}  // namespace http_client
