// Workers of OpenMP and oneTBB: nobody's leak while they wait for work, and the
// program's while they run a function of its own.

#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace recipes {
namespace {

using leaktrap::child::AllPassed;
using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::Console;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ChildResult RunTests(const std::string& filter,
                     std::vector<std::string> args = {}) {
  ChildOptions options;
  options.args = std::move(args);
  options.args.push_back("--gtest_filter=" + filter);
  return RunChild("testing/recipes/parallel_child", options);
}

// Its libraries are not instrumented.
class ParallelTest : public testing::Test {
#ifdef __SANITIZE_THREAD__
  void SetUp() override { GTEST_SKIP() << "ThreadSanitizer reports races"; }
#endif
};

TEST_F(ParallelTest, WaitingWorkersAreNobodysLeak) {
  for (const char* recorded : {"off", "calls", "stacks"}) {
    EXPECT_THAT(
        RunTests("OpenMp.*:OneTbb.*",
                 {std::string("--leaktrap_record=") + recorded}),
        AllOf(AllPassed(), Console(HasSubstr("8 tests checked, 0 leaks"))))
        << recorded;
  }
}

TEST_F(ParallelTest, TheyAreReportedWithoutTheRule) {
  for (const char* switched : {"--leaktrap_disable_rules=parallel_runtimes",
                               "--leaktrap_report_runtime_threads"}) {
    EXPECT_THAT(RunTests("OpenMp.FirstUse", {switched}),
                TestFailed("OpenMp.FirstUse",
                           ElementsAre(HasSubstr(" left behind 2 threads:"))));
    EXPECT_THAT(
        RunTests("OneTbb.AWorker", {switched}),
        TestFailed("OneTbb.AWorker", ElementsAre(HasSubstr(" left behind "))));
  }
}

TEST_F(ParallelTest, WhatTheyRunForTheProgramIsTheProgramsOwn) {
  const ChildResult run =
      RunTests("OpenMpLeak.*:OneTbbLeak.*", {"--leaktrap_linger=1s"});
  EXPECT_THAT(run,
              TestFailed("OpenMpLeak.WorkerThatDoesNotComeBack",
                         ElementsAre(HasSubstr(" left behind 2 threads:"))));
  EXPECT_THAT(run,
              TestFailed("OpenMpLeak.DescriptorOfAWorker",
                         ElementsAre(HasSubstr(" left behind 1 descriptor:"))));
  EXPECT_THAT(run,
              TestFailed("OpenMpLeak.ThreadOfAWorker",
                         ElementsAre(HasSubstr(" left behind 1 thread:"))));
  EXPECT_THAT(run,
              TestFailed("OneTbbLeak.WorkerThatDoesNotComeBack",
                         ElementsAre(HasSubstr(" left behind 1 thread:"))));
}

}  // namespace
}  // namespace recipes
