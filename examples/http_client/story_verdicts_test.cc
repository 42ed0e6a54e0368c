#include "examples/http_client/story_verdicts.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

using leaktrap::child::ChildResult;
using leaktrap::child::TestResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kThread[] = "  thread 4711 \"http-body\", sleeping\n";
constexpr char kSocket[] =
    "  descriptor 7: TCP socket 127.0.0.1:5001 -> 127.0.0.1:80 ESTABLISHED\n";
constexpr char kLease[] =
    "  connection of pool \"backend\" to 127.0.0.1:80, lease 3, "
    "on descriptor 7, 1ms old\n";

constexpr char kLimit[] =
    "Wasting.A, the scope of line 9, went beyond a limit: pool \"backend\" had "
    "leased at one time 4 of its connections; MaxLeased(\"backend\", 1) allows "
    "1";

std::string FullReport() { return std::string(kThread) + kSocket + kLease; }

TestResult Ran(std::string suite, std::string name,
               std::vector<std::string> failures) {
  TestResult test;
  test.suite = std::move(suite);
  test.name = std::move(name);
  test.ran = true;
  test.failures = std::move(failures);
  return test;
}

ChildResult GoodRun() {
  ChildResult run;
  run.exit_code = 1;
  run.has_xml = true;
  run.tests = {Ran("Leaking", "A", {FullReport()}), Ran("Fixed", "A", {}),
               Ran("Fixed", "B", {})};
  return run;
}

TEST(StoryVerdictsTest, AGoodRun) {
  const StoryVerdicts verdicts = JudgeStories("leak_stories", GoodRun());
  EXPECT_THAT(verdicts.complaints, IsEmpty());
  EXPECT_EQ(verdicts.leaks_caught, 1);
  EXPECT_EQ(verdicts.twins_passed, 2);
}

TEST(StoryVerdictsTest, EachResourceMustBeNamed) {
  EXPECT_TRUE(ResourcesNamedBy(FullReport()).all());
  EXPECT_FALSE(ResourcesNamedBy(std::string(kSocket) + kLease).thread);
  EXPECT_FALSE(ResourcesNamedBy(std::string(kThread) + kLease).socket);
  EXPECT_FALSE(ResourcesNamedBy(std::string(kThread) + kSocket).lease);
}

TEST(StoryVerdictsTest, SocketAndLeaseMustBelongTogether) {
  const std::string elsewhere =
      "connection of pool \"backend\" to 127.0.0.1:81, on descriptor 7";
  EXPECT_TRUE(ResourcesNamedBy(elsewhere).lease);
  EXPECT_FALSE(ResourcesNamedBy(kSocket + elsewhere).lease);
  const std::string other =
      "connection of pool \"backend\" to 127.0.0.1:80, on descriptor 8";
  EXPECT_TRUE(ResourcesNamedBy(other).lease);
  EXPECT_FALSE(ResourcesNamedBy(kSocket + other).lease);
}

TEST(StoryVerdictsTest, ALeakThatWasNotCaught) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Leaking", "B", {}));
  const StoryVerdicts verdicts = JudgeStories("leak_stories", run);
  EXPECT_THAT(verdicts.complaints,
              ElementsAre("Leaking.B: its leak was not caught"));
  EXPECT_EQ(verdicts.leaks_caught, 1);
}

TEST(StoryVerdictsTest, ALeakThatWasCaughtInPart) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Leaking", "B", {std::string(kThread) + kSocket}));
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("Leaking.B: its failure does not name the lease of "
                          "the pool"));
}

TEST(StoryVerdictsTest, ALeakingTestThatFailsForAnotherReason) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Leaking", "B", {FullReport(), "no such server"}));
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre(HasSubstr("another")));
}

TEST(StoryVerdictsTest, AWaste) {
  ChildResult run = GoodRun();
  run.tests.front() = Ran("Wasting", "A", {kLimit});
  const StoryVerdicts verdicts = JudgeStories("leak_stories", run);
  EXPECT_THAT(verdicts.complaints, IsEmpty());
  EXPECT_EQ(verdicts.leaks_caught, 0);
  EXPECT_EQ(verdicts.wastes_caught, 1);
  EXPECT_EQ(verdicts.twins_passed, 2);
}

TEST(StoryVerdictsTest, AWasteThatWasNotCaught) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Wasting", "A", {}));
  run.tests.push_back(Ran("Wasting", "B", {FullReport()}));
  run.tests.push_back(Ran("Wasting", "C", {kLimit, FullReport()}));
  const StoryVerdicts verdicts = JudgeStories("leak_stories", run);
  EXPECT_THAT(
      verdicts.complaints,
      ElementsAre("Wasting.A: its waste was not caught",
                  "Wasting.B: its failure does not name the limit and the pool",
                  "Wasting.C: it failed for another reason as well"));
  EXPECT_EQ(verdicts.wastes_caught, 0);
}

TEST(StoryVerdictsTest, RunsAddUp) {
  ChildResult bad = GoodRun();
  bad.exit_code = 0;
  StoryVerdicts sum = JudgeStories("good", GoodRun());
  sum += JudgeStories("bad", bad);
  EXPECT_EQ(sum.leaks_caught, 2);
  EXPECT_EQ(sum.twins_passed, 4);
  EXPECT_THAT(sum.complaints, ElementsAre("bad: exit code 0 where 1 is due"));
}

TEST(StoryVerdictsTest, ATwinThatFailed) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Fixed", "C", {FullReport()}));
  const StoryVerdicts verdicts = JudgeStories("leak_stories", run);
  EXPECT_THAT(verdicts.complaints,
              ElementsAre("Fixed.C: it is clean, and failed"));
  EXPECT_EQ(verdicts.twins_passed, 2);
}

TEST(StoryVerdictsTest, ATwinThatDidNotRun) {
  ChildResult run = GoodRun();
  run.tests.back().skipped = true;
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("Fixed.B: it did not run"));
  run = GoodRun();
  run.tests.back().ran = false;
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("Fixed.B: it did not run"));
}

TEST(StoryVerdictsTest, ARunThatShowsNothing) {
  ChildResult run = GoodRun();
  run.tests.clear();
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("leak_stories: nothing was caught",
                          "leak_stories: no twin passed"));
}

TEST(StoryVerdictsTest, ARunThatEndsInAnotherWay) {
  ChildResult run = GoodRun();
  run.exit_code = 0;
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("leak_stories: exit code 0 where 1 is due"));
  run.exit_code = -1;
  run.signal = 6;
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("leak_stories: ended by signal 6"));
  run.timed_out = true;
  EXPECT_THAT(JudgeStories("leak_stories", run).complaints,
              ElementsAre("leak_stories: did not end in time"));
  run = GoodRun();
  run.failures_outside_tests = {"no server"};
  run.tests.push_back(Ran("Stranger", "A", {}));
  EXPECT_THAT(
      JudgeStories("leak_stories", run).complaints,
      ElementsAre(
          "Stranger.A: of none of the suites Leaking, Wasting and Fixed",
          "leak_stories: outside of the tests: no server"));
}

}  // namespace
}  // namespace http_client
