// Threads that no test made and none can join.

#include <string>
#include <vector>

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
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kChild[] = "testing/leaktrap/children/runtime_threads_child";
constexpr char kRingChild[] = "testing/leaktrap/children/settling_ring_child";

ChildResult RunTests(const std::string& filter,
                     std::vector<std::string> args = {},
                     const char* child = kChild) {
  ChildOptions options;
  options.args = std::move(args);
  options.args.push_back("--gtest_filter=" + filter);
  // Waiting for one to end by itself would take a second each.
  options.args.push_back("--leaktrap_linger=100ms");
  return RunChild(child, options);
}

// ThreadSanitizer's own runtime crashes in a thread that it did not see being
// created and that calls one of its interceptors.
bool Crashes(const std::string& kind) {
#ifdef __SANITIZE_THREAD__
  return kind != "ReadAFile";
#else
  static_cast<void>(kind);
  return false;
#endif
}

class RuntimeThreadsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (Crashes(GetParam())) GTEST_SKIP() << "without Leaktrap it crashes too";
  }

  static ChildResult RunMany(std::vector<std::string> args = {}) {
    return RunTests(std::string("*.") + GetParam() + "/*", std::move(args));
  }
};

TEST_P(RuntimeThreadsTest, AreNobodysLeak) {
  EXPECT_THAT(
      RunMany(),
      AllOf(AllPassed(), Console(HasSubstr("100 tests checked, 0 leaks"))));
}

TEST_P(RuntimeThreadsTest, AreReportedOnRequest) {
  EXPECT_THAT(
      RunMany({"--leaktrap_report_runtime_threads"}),
      AllOf(ExitedWith(1), Console(HasSubstr(" left behind 1 thread:"))));
}

TEST_P(RuntimeThreadsTest, AreReportedWithoutTheRule) {
  EXPECT_THAT(RunMany({"--leaktrap_disable_rules=c_library_threads"}),
              ExitedWith(1));
  EXPECT_THAT(RunMany({"--leaktrap_disable_rules=io_uring_workers"}),
              AllPassed());
}

// The ring and the pipe are leaks; what the kernel runs for the ring is not.
TEST(RuntimeThreadsRingTest, WorkersAreNobodysLeak) {
  const std::string test = "WorkersTest.OfARingThatStays";
  const ChildResult child = RunTests(test, {}, kRingChild);
  if (child.Test(test).skipped) GTEST_SKIP() << child.console;
  EXPECT_THAT(
      child,
      TestFailed(test, ElementsAre(HasSubstr(" left behind 3 descriptors:"))));
  EXPECT_THAT(
      RunTests(test, {"--leaktrap_disable_rules=io_uring_workers"}, kRingChild),
      TestFailed(test, ElementsAre(AllOf(HasSubstr("thread"),
                                         HasSubstr("3 descriptors")))));
}

TEST(RuntimeThreadsCallbackTest, WhatTheyRunForTheProgramIsTheProgramsOwn) {
  if (Crashes("Callback")) GTEST_SKIP() << "without Leaktrap it crashes too";
  EXPECT_THAT(RunTests("Callback.NeverReturns"),
              TestFailed("Callback.NeverReturns",
                         ElementsAre(HasSubstr(" left behind 1 thread:"))));
}

INSTANTIATE_TEST_SUITE_P(Kinds, RuntimeThreadsTest,
                         testing::Values("LookUpAnAddress", "ReadAFile",
                                         "WaitForATimer"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

}  // namespace
}  // namespace leaktrap
