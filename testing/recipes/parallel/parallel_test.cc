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
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ChildResult RunTests(const std::string& filter,
                     std::vector<std::string> args = {}) {
  ChildOptions options;
  options.args = std::move(args);
  options.args.push_back("--gtest_filter=" + filter);
  // ThreadSanitizer sees races in what is not instrumented.
  options.env["TSAN_OPTIONS"] = "report_bugs=0";
  return RunChild("testing/recipes/parallel_child", options);
}

TEST(ParallelTest, WaitingWorkersAreNobodysLeak) {
  for (const char* recorded : {"off", "calls", "stacks"}) {
    EXPECT_THAT(
        RunTests("OpenMp.*:OneTbb.*",
                 {std::string("--leaktrap_record=") + recorded}),
        AllOf(AllPassed(), Console(HasSubstr("8 tests checked, 0 leaks"))))
        << recorded;
  }
}

TEST(ParallelTest, TheyAreReportedWithoutTheRule) {
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

TEST(ParallelTest, WhatTheyRunForTheProgramIsTheProgramsOwn) {
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

TEST(ParallelTest, OneThatComesBackFromNothingLaterIsToldAtTheEnd) {
  const ChildResult run =
      RunTests("OneTbb.AWorker:OneTbbLeak.*", {"--leaktrap_linger=1s"});
  EXPECT_THAT(run, TestPassed("OneTbb.AWorker"));
  EXPECT_THAT(run, TestPassed("OneTbbLeak.WorkerThatDoesNotComeBack"));
  EXPECT_THAT(run, FailuresOutsideTests(ElementsAre(
                       HasSubstr("The program, outside its test suites, left "
                                 "behind 1 thread:"))));
}

}  // namespace
}  // namespace recipes
