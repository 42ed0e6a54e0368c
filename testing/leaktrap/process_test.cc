// Child processes that a test forgets: what its failure says, and that what is
// reaped in time, or late, is none.

#include <string>

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
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ChildResult RunProcesses(const std::string& filter, ChildOptions options = {}) {
  options.args.push_back("--gtest_filter=" + filter);
  return RunChild("testing/leaktrap/children/processes_child", options);
}

struct Leak {
  const char* test;
  const char* description;  // a regular expression
  const char* release;
};

class ProcessLeakTest : public testing::TestWithParam<Leak> {};

// One single-threaded test each: that nobody else can reap is proof.
TEST_P(ProcessLeakTest, FailsItsTest) {
  const auto& [test, description, release] = GetParam();
  const std::string name = std::string("Leak.") + test;
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "30s";
  const ChildResult child = RunProcesses(name, options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(
      child,
      TestFailed(name, ElementsAre(AllOf(
                           ContainsRegex(name + " left behind (1 descriptor, )?"
                                                "1 process:\n"),
                           ContainsRegex(std::string("\n +process [0-9]+ ") +
                                         description + "(, [0-9.]+m?s old)?\n"),
                           ContainsRegex(std::string("\n    to release it: ") +
                                         release),
                           HasSubstr("ended=proof")))));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ProcessLeakTest,
    testing::Values(
        Leak{"RunningChild", "\"processes_child .*\", running",
             "end it and wait for it"},
        Leak{"Zombie", "\"processes_child\", a zombie .exited with 3.",
             "wait for it .waitpid"},
        Leak{"KilledAndNotReaped",
             "\"processes_child\", a zombie .killed by SIGKILL.",
             "wait for it .waitpid"},
        Leak{"FailedExec", "\"processes_child\", a zombie .exited with 127.",
             "wait for it .waitpid"},
        Leak{"Popen", "\".*\", running",
             "(end it and wait for it|close its stream, which waits) .*pclose"},
        // Right after the exec its arguments may not be there yet.
        Leak{"PosixSpawn", "\"sleep( 1000)?\", running", "end it and wait"},
        Leak{"Stopped", "\"processes_child .*\", stopped", "end it and wait"},
        Leak{"OfAnotherThread", "\"processes_child .*\", running",
             "end it and wait"},
        Leak{"AdoptedOrphan", "\"processes_child .*\", running",
             "end it and wait"}),
    [](const testing::TestParamInfo<Leak>& info) {
      return std::string(info.param.test);
    });

TEST(ProcessTest, CleanTwinsPass) {
  EXPECT_THAT(RunProcesses("Clean.*"), AllPassed());
}

TEST(ProcessTest, ASuitesChildMayEndInATest) {
  EXPECT_THAT(RunProcesses("Suite.*"), AllPassed());
}

TEST(ProcessTest, AlikeOnesAreOneParagraph) {
  EXPECT_THAT(
      RunProcesses("Leak.FiftyAlike"),
      TestFailed("Leak.FiftyAlike",
                 ElementsAre(AllOf(
                     HasSubstr("left behind 50 processes:\n  50 processes, "
                               "named \"processes_child\", running:\n"),
                     HasSubstr("\n    and 47 more")))));
}

TEST(ProcessTest, AScopeSeesThem) {
  EXPECT_THAT(RunProcesses("Leak.InAScope"),
              TestFailed("Leak.InAScope",
                         ElementsAre(AllOf(HasSubstr("the scope of line"),
                                           HasSubstr("1 process:")))));
}

TEST(ProcessTest, OneThatIsReapedLateIsWaitedFor) {
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "30s";
  EXPECT_THAT(RunProcesses("Late.*:Ignored.IsReapedLateByTheKernel", options),
              AllPassed());
}

TEST(ProcessTest, WithSigchldIgnoredNothingIsProof) {
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "100ms";
  EXPECT_THAT(
      RunProcesses("Ignored.RunsOn", options),
      TestFailed("Ignored.RunsOn", ElementsAre(HasSubstr("ended=linger"))));
}

TEST(ProcessTest, RulesByCommand) {
  ChildOptions by_flag;
  by_flag.args = {"--leaktrap_ignore_process=processes_ch*"};
  EXPECT_THAT(RunProcesses("Leak.RunningChild:Leak.Zombie", by_flag),
              AllPassed());
  ChildOptions other;
  other.env["LEAKTRAP_IGNORE_PROCESS"] = "sleep";
  EXPECT_THAT(RunProcesses("Leak.RunningChild", other),
              TestFailed("Leak.RunningChild"));
  ChildOptions tolerated;
  tolerated.args = {"--leaktrap_tolerate=processes:1"};
  EXPECT_THAT(RunProcesses("Leak.RunningChild", tolerated),
              AllOf(AllPassed(),
                    Console(HasSubstr("left behind, tolerated: process "))));
}

TEST(ProcessTest, ModesOfTheirOwn) {
  ChildOptions off;
  off.args = {"--leaktrap_mode=processes:off"};
  EXPECT_THAT(RunProcesses("Leak.RunningChild", off),
              AllOf(AllPassed(), Console(Not(HasSubstr("process")))));
  ChildOptions report;
  report.args = {"--leaktrap_mode=processes:report"};
  EXPECT_THAT(
      RunProcesses("Leak.RunningChild", report),
      AllOf(AllPassed(),
            Console(HasSubstr("only reporting: Leak.RunningChild left behind "
                              "1 process:"))));
}

// A child of the program that became this one is there before the first test.
TEST(ProcessTest, OneFromBeforeTheTestsIsOnlyTold) {
  ChildOptions options;
  options.wrapper = {"/bin/sh", "-c", "sleep 1000 & exec \"$0\" \"$@\""};
  const ChildResult child = RunProcesses("Clean.RunningChild", options);
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(HasSubstr("leaves alone what was there before "
                                       "RUN_ALL_TESTS(): 1 process.")));
}

}  // namespace
}  // namespace leaktrap
