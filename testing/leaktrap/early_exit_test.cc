// Tests that end the program: the run fails in a clear line.

#include <string>
#include <utility>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

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

std::string Told(const std::string& what, const std::string& place) {
  return "Leaktrap: the program " + what + " in " + place +
         ", before its tests were over: neither what it left behind until then "
         "nor what was to come was checked for leaks\n";
}

std::string Exited(const std::string& place, int status = 0) {
  return Told("exited with " + std::to_string(status), place);
}

std::string Called(const std::string& call, const std::string& test) {
  return Told("called " + call + "()", "Ends." + test);
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

TEST_F(EarlyExitTest, ItIsToldThoughStandardOutputIsCaptured) {
  EXPECT_THAT(RunEnds("ByExitWhileCaptured"),
              AllOf(ExitedWith(1),
                    Console(HasSubstr(Exited("Ends.ByExitWhileCaptured")))));
  EXPECT_THAT(
      RunEnds("ByImmediateExitWhileCaptured"),
      AllOf(ExitedWith(1), Console(HasSubstr(Called(
                               "_exit", "ByImmediateExitWhileCaptured")))));
}

// Both ends are open, and nobody reads.
TEST_F(EarlyExitTest, ItIsToldThoughNobodyReadsStandardOutput) {
  const std::string pipe = testing::TempDir() + "nobody_reads";
  options_.wrapper = {"/bin/sh", "-c",
                      "rm -f " + pipe + " && mkfifo " + pipe + " && exec 9<>" +
                          pipe + " && exec \"$0\" \"$@\" >" + pipe};
  EXPECT_THAT(
      RunEnds("ByImmediateExitBesideAFullPipe"),
      AllOf(ExitedWith(1), Console(HasSubstr(Called(
                               "_exit", "ByImmediateExitBesideAFullPipe")))));
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

TEST_F(EarlyExitTest, ACodeWhoseLowByteIsZeroIsNone) {
  EXPECT_THAT(RunEnds("ByExitWithACodeThatIsCut"), ExitedWith(1));
  EXPECT_THAT(RunEnds("ByImmediateExitWithACodeThatIsCut"), ExitedWith(1));
}

TEST_F(EarlyExitTest, OutsideTestsItIsToldWhere) {
  Run("early_exit_child", "EndsInSetUpImmediately.*");
  EXPECT_THAT(
      child_,
      AllOf(ExitedWith(1),
            Console(HasSubstr(Told("called _exit()",
                                   "the test suite EndsInSetUpImmediately")))));
  options_.env["EXITS_AT"] = "environment";
  Run("early_exit_child", "Clean.*");
  EXPECT_THAT(
      child_,
      AllOf(ExitedWith(1),
            Console(HasSubstr(Exited("an environment or a listener")))));
}

// It holds GoogleTest's lock, which GoogleTest aborts for in the end.
TEST_F(EarlyExitTest, AListenerThatExitsAtAFailureDoesNotHang) {
  options_.env["EXITS_AT"] = "failure";
  EXPECT_THAT(
      RunEnds("ByFailing"),
      AllOf(Not(ExitedWith(0)), Console(HasSubstr(Exited("Ends.ByFailing")))));
}

TEST_F(EarlyExitTest, AnotherHandlerDoesNotMakeItAPass) {
  for (const char* how : {"handler", "exiting handler"}) {
    options_.env["EXITS_AT"] = how;
    EXPECT_THAT(
        RunEnds("ByExit"),
        AllOf(ExitedWith(1), Console(HasSubstr(Exited("Ends.ByExit")))));
  }
  EXPECT_THAT(RunWithoutRecorder("ByExit"),
              AllOf(ExitedWith(1), Console(HasSubstr(Exited("Ends.ByExit")))));
}

TEST_F(EarlyExitTest, AHandlerOfAQuickExitDoesNotMakeItAPass) {
  options_.env["EXITS_AT"] = "quick handler";
  EXPECT_THAT(RunEnds("ByQuickExit"),
              AllOf(ExitedWith(1),
                    Console(HasSubstr(Called("quick_exit", "ByQuickExit")))));
}

TEST_F(EarlyExitTest, EachRoundIsGuarded) {
  options_.env["EXITS_AT"] = "second round";
  for (const char* rounds : {"3", "-1"}) {
    options_.args = {"--gtest_filter=Clean.*",
                     std::string("--gtest_repeat=") + rounds};
    EXPECT_THAT(RunChild(PathOf("early_exit_child"), options_),
                AllOf(ExitedWith(1), Console(HasSubstr(Exited("Clean.Test")))));
  }
}

TEST_F(EarlyExitTest, WhereNothingFailsItIsToldOnly) {
  options_.env["LEAKTRAP_MODE"] = "report";
  for (const auto& [test, what] :
       {std::pair("ByExit", "exited with 0"),
        std::pair("ByImmediateExit", "called _exit()"),
        std::pair("ByQuickExit", "called quick_exit()")}) {
    EXPECT_THAT(
        RunEnds(test),
        AllOf(ExitedWith(0),
              Console(HasSubstr(Told(what, std::string("Ends.") + test)))));
  }
}

TEST_F(EarlyExitTest, WhenAllIsOverAnybodyMayExit) {
  for (const auto& [at, filter] :
       {std::pair("iteration", "Clean.*"), std::pair("program", "Clean.*"),
        std::pair("handler", "Clean.*"), std::pair("iteration", "None.*")}) {
    options_.env["EXITS_AT"] = at;
    options_.args = {std::string("--gtest_filter=") + filter};
    EXPECT_THAT(RunChild(PathOf("early_exit_child"), options_),
                AllOf(ExitedWith(0), Console(Not(HasSubstr("Leaktrap: the")))));
  }
  options_.env["EXITS_AT"] = "iteration";
  options_.args = {"--gtest_filter=Clean.*", "--gtest_repeat=-1"};
  EXPECT_THAT(RunChild(PathOf("early_exit_child"), options_), ExitedWith(0));
}

TEST_F(EarlyExitTest, AChildThatMayOnlyExitDoes) {
  Run("early_exit_child", "Forks.*");
  EXPECT_THAT(child_, ExitedWith(0));
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
