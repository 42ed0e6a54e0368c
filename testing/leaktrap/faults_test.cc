// Tests that take away what Leaktrap looks with, or kill the run: a right
// verdict, or a run that fails in a clear line.

#include <csignal>
#include <filesystem>
#include <string>

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
using child::KilledBy;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class FaultsTest : public JsonChildTest {
 protected:
  FaultsTest() {
    options_.env["LEAKTRAP_SYMBOLIZER"] = "";
    options_.env["LEAKTRAP_LINGER"] = "50ms";
    options_.env["EMPTY_FOLDER"] = empty_folder_;
    std::filesystem::create_directory(empty_folder_);
  }

  // Also reads the JSON.
  ChildResult RunFaults(const std::string& filter) {
    Run("faults_child", filter);
    return child_;
  }

  ChildResult RunWithout(const std::string& what) {
    return RunFaults("Takes." + what + ":ThenLeaks.*");
  }

  const std::string empty_folder_ = folder_ / "empty";
};

void ExpectLeaksFound(const ChildResult& child) {
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("ThenLeaks.Descriptor",
                                ElementsAre(HasSubstr("1 descriptor:"))));
  EXPECT_THAT(child, TestFailed("ThenLeaks.Thread",
                                ElementsAre(HasSubstr("1 thread:"))));
  EXPECT_THAT(child, TestFailed("ThenLeaks.Process",
                                ElementsAre(HasSubstr("1 process:"))));
}

TEST_F(FaultsTest, WithoutAnyFault) {
  const ChildResult child = RunWithout("Nothing");
  EXPECT_THAT(child, TestPassed("Takes.Nothing"));
  ExpectLeaksFound(child);
  EXPECT_THAT(Entries("summary"), SizeIs(1));
}

TEST_F(FaultsTest, LeaksAreFoundWithoutTheDescriptorsThatWereThere) {
  for (const std::string what :
       {"EveryDescriptor", "EveryDescriptorByARawCall"}) {
    const ChildResult child = RunWithout(what);
    EXPECT_THAT(child, TestPassed("Takes." + what));
    ExpectLeaksFound(child);
  }
}

TEST_F(FaultsTest, LeaksAreFoundWithoutStandardStreams) {
  const ChildResult child = RunWithout("StandardStreamsToo");
  ExpectLeaksFound(child);
  EXPECT_EQ(Test("ThenLeaks.Descriptor")["verdict"].string(), "failed");
  EXPECT_THAT(Entries("summary"), SizeIs(1));
}

TEST_F(FaultsTest, WithoutConsoleTheExitCodeAndTheJsonTell) {
  for (const char* console : {">/dev/full", ">&- 2>&-", "<&- >&- 2>&-"}) {
    options_.wrapper = {"/bin/sh", "-c",
                        std::string("exec \"$0\" \"$@\" ") + console};
    ExpectLeaksFound(RunWithout("Nothing"));
    EXPECT_EQ(Test("ThenLeaks.Thread")["verdict"].string(), "failed");
    EXPECT_THAT(RunFaults("Takes.Nothing"), AllPassed());
  }
}

TEST_F(FaultsTest, ANobodyFindsLeaks) {
  options_.args = {"--gtest_filter=Takes.Privileges:ThenLeaks.*"};
  // GoogleTest ends a process that may not write its XML.
  options_.xml = false;
  const ChildResult child = RunChild(PathOf("faults_child"), options_);
  if (child.console.find("[  SKIPPED ] Takes.Privileges") !=
      std::string::npos) {
    GTEST_SKIP() << "nobody to become: not root, or in a namespace of one user";
  }
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(
      child,
      Console(AllOf(HasSubstr("[       OK ] Takes.Privileges"),
                    HasSubstr("ThenLeaks.Descriptor left behind 1 descriptor:"),
                    HasSubstr("ThenLeaks.Thread left behind 1 thread:"),
                    HasSubstr("ThenLeaks.Process left behind 1 process:"))));
}

TEST_F(FaultsTest, LeaksAreFoundWithoutTheWorkingDirectory) {
  ExpectLeaksFound(RunWithout("WorkingDirectory"));
}

// It cannot look until the end of the run, and says so for each test.
TEST_F(FaultsTest, WithoutProcTheTestsFail) {
  if (getuid() != 0) GTEST_SKIP() << "only root can mount";
  const ChildResult child = RunWithout("Proc");
  EXPECT_THAT(child, ExitedWith(1));
  for (const std::string test :
       {"Takes.Proc", "ThenLeaks.Descriptor", "ThenLeaks.Thread"}) {
    EXPECT_THAT(
        child,
        TestFailed(test, ElementsAre(AllOf(
                             HasSubstr("Leaktrap could not look after " + test),
                             HasSubstr("/proc/self")))));
    EXPECT_EQ(Test(test)["verdict"].string(), "could not look");
  }
}

TEST_F(FaultsTest, InAnotherRootTheTestsFail) {
  if (getuid() != 0) GTEST_SKIP() << "only root can change its root";
  options_.args = {"--gtest_filter=Takes.Root:ThenLeaks.*",
                   "--leaktrap_json=" + file_.string()};
  options_.xml = false;  // it cannot be written there
  const ChildResult child = RunChild(PathOf("faults_child"), options_);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(
      child,
      Console(
          AllOf(HasSubstr("Leaktrap could not look after Takes.Root"),
                HasSubstr("Leaktrap could not look after ThenLeaks.Descriptor"),
                HasSubstr("Leaktrap could not write its JSON report to"))));
}

// Nobody is left to tell: only the report's missing end does.
TEST_F(FaultsTest, ATestThatLeavesTheProgramLeavesAReportWithoutASummary) {
  for (const std::string test : {"ByExec", "ByDaemon", "ByASystemCall"}) {
    EXPECT_THAT(RunFaults("ThenLeaks.Descriptor:Ends." + test), ExitedWith(0));
    EXPECT_EQ(Test("ThenLeaks.Descriptor")["verdict"].string(), "failed");
    EXPECT_THAT(Entries("summary"), IsEmpty());
  }
}

TEST_F(FaultsTest, SigtermLeavesAValidReport) {
  EXPECT_THAT(RunFaults("ThenLeaks.Descriptor:Ends.BySigterm"),
              KilledBy(SIGTERM));
  EXPECT_EQ(Test("ThenLeaks.Descriptor")["verdict"].string(), "failed");
  EXPECT_THAT(Entries("summary"), IsEmpty());
}

TEST_F(FaultsTest, OnlyTheParentOfAForkIsJudged) {
  const ChildResult child = RunFaults("Forks.*");
  EXPECT_THAT(child, ExitedWith(1));
  for (const std::string test :
       {"AndTheChildGoesOn", "AndTheChildExits", "AndTheChildExecs",
        "AndTheChildExitsImmediately", "AndTheChildOfVforkExitsImmediately"}) {
    EXPECT_THAT(child, TestFailed("Forks." + test,
                                  ElementsAre(HasSubstr("1 descriptor:"))));
  }
  EXPECT_THAT(child, Console(AllOf(Not(HasSubstr("exited with")),
                                   Not(HasSubstr("the program called")))));
}

}  // namespace
}  // namespace leaktrap::internal
