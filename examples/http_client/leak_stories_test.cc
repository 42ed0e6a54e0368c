// The verdicts on the stories: each leak is caught by name, each twin passes.

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <regex>
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
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Truly;

constexpr char kStories[] = "examples/http_client/leak_stories";
constexpr char kLimits[] = "examples/http_client/leak_stories_limits";
constexpr char kExhausted[] = "examples/http_client/leak_stories_exhausted";

bool NamesAllThree(const std::string& failure) {
  return ResourcesNamedBy(failure).all();
}

// The lease, with what goes with it: nothing else stands as far out. Only the
// recorder knows what the thread belongs to.
bool IsOneFinding(const std::string& failure) {
  if (std::getenv("LEAKTRAP_RECORD") != nullptr) return true;
  static const auto* const root =
      new std::regex("\n  (thread|descriptor|connection) ");
  const std::sregex_iterator first(failure.begin(), failure.end(), *root);
  return std::distance(first, std::sregex_iterator()) == 1 &&
         first->str(1) == "connection";
}

// A paragraph for each kind, of a few lines.
bool IsShort(const std::string& failure) {
  return failure.size() < 6000 &&
         std::count(failure.begin(), failure.end(), '\n') < 60;
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
                             Truly(&NamesAllThree), Truly(&IsOneFinding)))));
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
  const StoryVerdicts verdicts = JudgeStories("leak_stories", run);
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

// Nothing is left behind: the limits alone fail them, and name their pool, how
// many it was and how many are allowed.
TEST(LeakStoriesTest, LimitsCatchWhatLeavesNothingBehind) {
  const ChildResult run = RunChild(kLimits);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run,
              TestFailed("Wasting.ClosedOnlyWhenTheFunctionReturns",
                         ElementsAre(HasSubstr(
                             "pool \"backend\" had leased at one time 4 of "
                             "its connections; MaxLeased(\"backend\", 1) "
                             "allows 1"))));
  EXPECT_THAT(run, TestFailed("Wasting.ClosedWithoutBeingRead",
                              ElementsAre(HasSubstr(
                                  "pool \"backend\" discarded 4 of its "
                                  "connections; MaxDiscarded(\"backend\", 0) "
                                  "allows 0"))));
  EXPECT_THAT(run, TestPassed("Fixed.ClosedInTheLoop"));
  EXPECT_THAT(run, TestPassed("Fixed.ReadBeforeItIsClosed"));
  EXPECT_THAT(run.console, Not(HasSubstr("left behind")));

  const StoryVerdicts verdicts = JudgeStories("leak_stories_limits", run);
  EXPECT_THAT(verdicts.complaints, IsEmpty());
  EXPECT_EQ(verdicts.wastes_caught, 2);
  EXPECT_EQ(verdicts.twins_passed, 2);
}

// The client has run out of descriptors, and so have Leaktrap and GoogleTest.
TEST(LeakStoriesTest, AThousandForgottenResponsesAreToldInAFewLines) {
  const ChildResult run = RunChild(kExhausted);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, TestPassed("Fixed.AThousandHealthChecks"));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));

  std::smatch answered;
  ASSERT_TRUE(
      std::regex_search(run.console, answered,
                        std::regex(R"((\d+) of 1000 requests were answered)")))
      << run;
  const std::string n = answered[1];
  EXPECT_GT(std::stoi(n), 20) << "so many that a line for each would be long";
  EXPECT_THAT(
      run, TestFailed("Leaking.AThousandForgottenResponses",
                      ElementsAre(AllOf(
                          HasSubstr(" left behind " + n + " threads, " + n +
                                    " descriptors, " + n + " connections:\n"),
                          Truly(&NamesAllThree), Truly(&IsShort)))));

  const StoryVerdicts verdicts = JudgeStories("leak_stories_exhausted", run);
  EXPECT_THAT(verdicts.complaints, IsEmpty());
  EXPECT_EQ(verdicts.leaks_caught, 1);
  EXPECT_EQ(verdicts.twins_passed, 1);
}

}  // namespace
}  // namespace http_client
