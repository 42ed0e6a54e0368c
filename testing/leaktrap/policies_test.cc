// What becomes of the leaks of tests that failed or were skipped.

#include <string>
#include <utility>
#include <vector>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::TestFailed;
using child::TestPassed;
using child::TestSkipped;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PoliciesTest : public JsonChildTest {
 protected:
  void RunWith(std::vector<std::string> flags) {
    flags.emplace_back("--leaktrap_linger=200ms");
    Run("policies_child", "Policy.*", std::move(flags));
    // Whatever others do.
    EXPECT_THAT(child_, ExitedWith(1));
    EXPECT_THAT(child_, TestPassed("Policy.Passes"));
    EXPECT_THAT(child_,
                TestFailed("Policy.Leaks",
                           ElementsAre(HasSubstr("left behind 1 desc"))));
    EXPECT_THAT(child_, FailuresOutsideTests(IsEmpty()));
  }

  std::string VerdictOf(const std::string& test) {
    return Test(test)["verdict"].string();
  }
};

TEST_F(PoliciesTest, ByDefaultTheyAreNoted) {
  RunWith({});
  EXPECT_THAT(child_, TestFailed("Policy.Fails",
                                 ElementsAre(HasSubstr("the test's own"))));
  EXPECT_THAT(child_, TestSkipped("Policy.IsSkipped"));
  EXPECT_EQ(VerdictOf("Policy.Fails"), "noted");
  EXPECT_EQ(VerdictOf("Policy.IsSkipped"), "noted");
  EXPECT_THAT(child_, Console(HasSubstr("5 tests checked, ")));
}

TEST_F(PoliciesTest, ByFailTheyFailBesideTheFirstFailure) {
  RunWith({"--leaktrap_failed_tests=fail"});
  EXPECT_THAT(child_, TestFailed("Policy.Fails",
                                 ElementsAre(HasSubstr("the test's own"),
                                             HasSubstr("left behind 1 thr"))));
  EXPECT_THAT(child_, TestFailed("Policy.FailsAndAScopeEnds",
                                 ElementsAre(HasSubstr("the test's own"),
                                             HasSubstr("the scope of line"))));
  EXPECT_EQ(VerdictOf("Policy.Fails"), "failed");
  EXPECT_THAT(child_, TestSkipped("Policy.IsSkipped"));
}

TEST_F(PoliciesTest, ByFailTheyFailASkippedTest) {
  RunWith({"--leaktrap_skipped_tests=fail"});
  EXPECT_THAT(child_, TestFailed("Policy.IsSkipped",
                                 ElementsAre(HasSubstr("left behind 1 thr"))));
  EXPECT_THAT(child_, TestFailed("Policy.Fails",
                                 ElementsAre(HasSubstr("the test's own"))));
}

TEST_F(PoliciesTest, ByOffTheyAreNobodysAndNothingIsWaited) {
  RunWith({"--leaktrap_failed_tests=off", "--leaktrap_skipped_tests=off"});
  EXPECT_THAT(child_, TestFailed("Policy.Fails",
                                 ElementsAre(HasSubstr("the test's own"))));
  EXPECT_THAT(child_, TestSkipped("Policy.IsSkipped"));
  for (const char* test :
       {"Policy.Fails", "Policy.FailsAndAScopeEnds", "Policy.IsSkipped"}) {
    const Json entry = Test(test);
    EXPECT_EQ(entry["verdict"].string(), "not checked");
    EXPECT_EQ(entry["ended"].string(), "not judged");
    EXPECT_EQ(entry["waited_ns"].integer(), 0);
  }
  EXPECT_EQ(Test("Policy.IsSkipped")["only_noted_since"].string(),
            "the test was skipped");
  EXPECT_EQ(Entries("suite").at(0)["verdict"].string(), "clean");
  EXPECT_EQ(Entries("summary").at(0)["not_checked"].integer(), 3);
  EXPECT_THAT(
      child_,
      AllOf(Console(HasSubstr("2 tests checked, 3 not checked, 1 leak, ")),
            Console(Not(HasSubstr("only a note")))));
}

// A thread that fails nobody is nobody to be charged with what it makes later.
TEST_F(PoliciesTest, WhoIsSkippedIsNotChargedWithWhatItsThreadsMake) {
  for (const char* policy : {"off", "report"}) {
    Run("policies_child", "StartsWorker.AndIsSkipped:UsesWorker.*",
        {std::string("--leaktrap_skipped_tests=") + policy});
    EXPECT_THAT(child_, ExitedWith(1));
    EXPECT_THAT(child_, TestSkipped("StartsWorker.AndIsSkipped"));
    EXPECT_THAT(child_, TestFailed("UsesWorker.AndPasses",
                                   ElementsAre(HasSubstr("left behind 2 "))));
  }
}

TEST_F(PoliciesTest, WhoFailsIsChargedWithWhatItsThreadsMake) {
  for (const char* policy : {"off", "report", "fail"}) {
    Run("policies_child", "StartsWorker.AndFails:UsesWorker.*",
        {std::string("--leaktrap_failed_tests=") + policy});
    EXPECT_THAT(child_, ExitedWith(1));
    EXPECT_THAT(child_,
                AllOf(TestPassed("UsesWorker.AndPasses"),
                      Console(HasSubstr("only a note since others are charged: "
                                        "UsesWorker.AndPasses left"))));
  }
}

TEST_F(PoliciesTest, AreOffReportOrFail) {
  Run("policies_child", "*", {"--leaktrap_failed_tests=never"});
  EXPECT_THAT(child_, FailuresOutsideTests(ElementsAre(HasSubstr(
                          "\"never\" is no mode; write off, report or fail"))));
}

}  // namespace
}  // namespace leaktrap::internal
