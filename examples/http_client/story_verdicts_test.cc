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
  const StoryVerdicts verdicts = JudgeStories(GoodRun());
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
  const StoryVerdicts verdicts = JudgeStories(run);
  EXPECT_THAT(verdicts.complaints,
              ElementsAre("Leaking.B: its leak was not caught"));
  EXPECT_EQ(verdicts.leaks_caught, 1);
}

TEST(StoryVerdictsTest, ALeakThatWasCaughtInPart) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Leaking", "B", {std::string(kThread) + kSocket}));
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("Leaking.B: its failure does not name the lease of "
                          "the pool"));
}

TEST(StoryVerdictsTest, ALeakingTestThatFailsForAnotherReason) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Leaking", "B", {FullReport(), "no such server"}));
  EXPECT_THAT(JudgeStories(run).complaints, ElementsAre(HasSubstr("another")));
}

TEST(StoryVerdictsTest, ATwinThatFailed) {
  ChildResult run = GoodRun();
  run.tests.push_back(Ran("Fixed", "C", {FullReport()}));
  const StoryVerdicts verdicts = JudgeStories(run);
  EXPECT_THAT(verdicts.complaints,
              ElementsAre("Fixed.C: it is clean, and failed"));
  EXPECT_EQ(verdicts.twins_passed, 2);
}

TEST(StoryVerdictsTest, ATwinThatDidNotRun) {
  ChildResult run = GoodRun();
  run.tests.back().skipped = true;
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("Fixed.B: it did not run"));
  run = GoodRun();
  run.tests.back().ran = false;
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("Fixed.B: it did not run"));
}

TEST(StoryVerdictsTest, ARunThatShowsNothing) {
  ChildResult run = GoodRun();
  run.tests.clear();
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("leak_stories: no leak was caught",
                          "leak_stories: no twin passed"));
}

TEST(StoryVerdictsTest, ARunThatEndsInAnotherWay) {
  ChildResult run = GoodRun();
  run.exit_code = 0;
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("leak_stories: exit code 0 where 1 is due"));
  run.exit_code = -1;
  run.signal = 6;
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("leak_stories: ended by signal 6"));
  run.timed_out = true;
  EXPECT_THAT(JudgeStories(run).complaints,
              ElementsAre("leak_stories: did not end in time"));
  run = GoodRun();
  run.failures_outside_tests = {"no server"};
  run.tests.push_back(Ran("Stranger", "A", {}));
  EXPECT_THAT(
      JudgeStories(run).complaints,
      ElementsAre("Stranger.A: neither of suite Leaking nor of suite Fixed",
                  "outside of the tests: no server"));
}

}  // namespace
}  // namespace http_client
