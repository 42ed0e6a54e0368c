// Tests that end the program: the run fails in a clear line.

#include <string>
#include <utility>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::AllPassed;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kOwnHandler[] = "the program's own handler ran";

class EarlyExitTest : public JsonChildTest {
 protected:
  EarlyExitTest() {
    options_.env["LEAKTRAP_SYMBOLIZER"] = "";
    options_.env["LEAKTRAP_LINGER"] = "50ms";
  }

  // Also reads the JSON.
  ChildResult RunEnds(const std::string& test) {
    Run("early_exit_child", "Ends." + test);
    return child_;
  }

  ChildResult RunWithoutRecorder(const std::string& test) {
    options_.args = {"--gtest_filter=Ends." + test};
    return RunChild(PathOf("early_exit_unrecorded_child"), options_);
  }
};

std::string Exited(const std::string& place, int status = 0) {
  return "Leaktrap: the program exited with " + std::to_string(status) +
         " in " + place +
         ", before its tests were over: neither that nor what was to come was "
         "checked for leaks\n";
}

std::string Called(const std::string& call, const std::string& test) {
  return "Leaktrap: the program called " + call + "() in Ends." + test +
         ", before its tests were over: neither that nor what was to come was "
         "checked for leaks\n";
}

// It would be a pass of all tests.
TEST_F(EarlyExitTest, ATestThatExitsFailsTheRun) {
  for (const std::string test : {"ByExit", "ByExitOnAnotherThread"}) {
    EXPECT_THAT(
        RunEnds(test),
        AllOf(ExitedWith(1), Console(HasSubstr(Exited("Ends." + test)))));
    EXPECT_THAT(Entries("summary"), IsEmpty());
  }
  Run("early_exit_child", "EndsInSetUp.*");
  EXPECT_THAT(child_,
              AllOf(ExitedWith(1),
                    Console(HasSubstr(Exited("the test suite EndsInSetUp")))));
}

TEST_F(EarlyExitTest, ATestThatExitsWithoutHandlersFailsTheRun) {
  const std::pair<std::string, std::string> calls[] = {
      {"ByImmediateExit", "_exit"},
      {"ByImmediateExitOfC", "_Exit"},
      {"ByImmediateExitInASignalHandler", "_exit"}};
  for (const auto& [test, call] : calls) {
    EXPECT_THAT(RunEnds(test),
                AllOf(ExitedWith(1), Console(HasSubstr(Called(call, test)))));
    EXPECT_THAT(Entries("summary"), IsEmpty());
  }
}

TEST_F(EarlyExitTest, ATestThatExitsQuicklyFailsTheRunAfterTheHandlers) {
  for (const std::string test : {"ByQuickExit", "ByQuickExitWithAHandler"}) {
    EXPECT_THAT(RunEnds(test),
                AllOf(ExitedWith(1),
                      Console(AllOf(HasSubstr(Called("quick_exit", test)),
                                    HasSubstr(kOwnHandler)))));
  }
}

TEST_F(EarlyExitTest, AnExitCodeOfItsOwnStays) {
  EXPECT_THAT(
      RunEnds("ByImmediateExitWithACode"),
      AllOf(ExitedWith(7),
            Console(HasSubstr(Called("_exit", "ByImmediateExitWithACode")))));
  EXPECT_THAT(RunEnds("ByExitWithACode"),
              AllOf(ExitedWith(7),
                    Console(HasSubstr(Exited("Ends.ByExitWithACode", 7)))));
}

TEST_F(EarlyExitTest, AProgramThatIsNotCheckedMayExit) {
  options_.env["LEAKTRAP_MODE"] = "off";
  for (const std::string test :
       {"ByExit", "ByImmediateExit", "ByImmediateExitOfC", "ByQuickExit"}) {
    options_.args = {"--gtest_filter=Ends." + test};
    EXPECT_THAT(RunChild(PathOf("early_exit_child"), options_),
                AllOf(ExitedWith(0), Console(Not(HasSubstr("Leaktrap: the")))));
  }
}

TEST_F(EarlyExitTest, WhenAllIsOverAListenerMayExit) {
  for (const char* at : {"iteration", "program"}) {
    options_.env["EXITS_AT"] = at;
    options_.args = {"--gtest_filter=Clean.*"};
    EXPECT_THAT(
        RunChild(PathOf("early_exit_child"), options_),
        AllOf(ExitedWith(0), Console(AllOf(HasSubstr("[       OK ] Clean.Test"),
                                           Not(HasSubstr("Leaktrap: the"))))));
  }
}

TEST_F(EarlyExitTest, AChildThatMayOnlyExitDoes) {
  Run("early_exit_child", "Forks.*");
  EXPECT_THAT(child_, AllPassed());
}

TEST_F(EarlyExitTest, WithoutTheRecorderOnlyAnImmediateExitIsUntold) {
  EXPECT_THAT(RunWithoutRecorder("ByExit"),
              AllOf(ExitedWith(1), Console(HasSubstr(Exited("Ends.ByExit")))));
  EXPECT_THAT(
      RunWithoutRecorder("ByQuickExit"),
      AllOf(ExitedWith(1),
            Console(AllOf(HasSubstr(Called("quick_exit", "ByQuickExit")),
                          HasSubstr(kOwnHandler)))));
  EXPECT_THAT(
      RunWithoutRecorder("ByImmediateExit"),
      AllOf(ExitedWith(0), Console(Not(HasSubstr("Leaktrap: the program")))));
}

}  // namespace
}  // namespace leaktrap::internal
