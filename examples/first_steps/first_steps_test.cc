// The leaking twins of the examples fail as they say.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::Console;
using leaktrap::child::ExitedWith;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::ElementsAre;
using testing::HasSubstr;

ChildResult RunAll(const std::string& binary) {
  ChildOptions options;
  options.args = {"--gtest_also_run_disabled_tests"};
  return RunChild("examples/first_steps/" + binary, options);
}

TEST(FirstSteps, ByMain) {
  const ChildResult child = RunAll("by_main_test");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("ScratchFile.IsWrittenAndClosed"));
  EXPECT_THAT(child, TestFailed("ScratchFile.DISABLED_IsForgotten",
                                ElementsAre(HasSubstr("1 descriptor"))));
}

TEST(FirstSteps, ByAuto) {
  const ChildResult child = RunAll("by_auto_test");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("ScratchFile.IsWrittenAndClosed"));
  EXPECT_THAT(child, TestFailed("ScratchFile.DISABLED_IsForgotten",
                                ElementsAre(HasSubstr("1 descriptor"))));
}

TEST(FirstSteps, ByEnvironment) {
  const ChildResult child = RunAll("by_environment_test");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("Service.UsesTheLogger"));
  EXPECT_THAT(child, TestFailed("Service.DISABLED_LeavesAThread",
                                ElementsAre(HasSubstr("1 thread"))));
}

TEST(FirstSteps, ByMacro) {
  const ChildResult child = RunAll("by_macro_test");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("ScratchFile.OnePartIsChecked"));
  EXPECT_THAT(child, TestFailed("ScratchFile.DISABLED_OnePartLeaks",
                                ElementsAre(HasSubstr("1 descriptor"))));
  EXPECT_THAT(child, TestPassed("ScratchFile.OneStatementIsChecked"));
  EXPECT_THAT(child, TestFailed("ScratchFile.DISABLED_OneStatementLeaks",
                                ElementsAre(HasSubstr("1 descriptor"))));
  EXPECT_THAT(child, TestPassed("ScratchFile.OnePartMayKeepOneDescriptor"));
  EXPECT_THAT(child, Console(HasSubstr("the log is open until the test ends")));
}

TEST(FirstSteps, ByValue) {
  const ChildResult child = RunAll("by_value_test");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("ScratchFile.IsLeftUntilItIsClosed"));
  EXPECT_THAT(child, TestFailed("ScratchFile.DISABLED_IsForgotten",
                                ElementsAre(HasSubstr("1 descriptor"))));
}

}  // namespace
