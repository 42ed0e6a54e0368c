#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kEveryTestChecked[] = "testing/leaktrap/children/scopes_child";
constexpr char kScopesOnly[] = "testing/leaktrap/children/scopes_only_child";

class LeakScopeTest : public testing::TestWithParam<const char*> {};

TEST_P(LeakScopeTest, ReportsWhatIsLeftAtItsOwnLine) {
  const ChildResult child = RunChild(GetParam());
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestPassed("Scope.Clean"));
  EXPECT_THAT(child, TestPassed("Scope.IgnoresWhatWasThereBefore"));
  EXPECT_THAT(
      child,
      TestFailed("Scope.LeaksOnce",
                 ElementsAre(ContainsRegex(
                     "scopes_child.cc:[0-9]+\n(.|\n)*Scope.LeaksOnce, the "
                     "scope of line [0-9]+, left behind 1 descriptor:"))));
  EXPECT_THAT(child, TestFailed("Scope.SeesWhatTheTestReleasesLater",
                                ElementsAre(HasSubstr("1 descriptor:"))));
}

TEST_P(LeakScopeTest, KeepsErrnoAndTheFloatingPointEnvironment) {
  EXPECT_THAT(RunChild(GetParam()),
              TestFailed("Scope.LeaksAndKeepsTheCallersState",
                         ElementsAre(HasSubstr("1 descriptor:"))));
}

TEST_P(LeakScopeTest, EachLeakIsReportedByTheInnermostScopeAlone) {
  EXPECT_THAT(RunChild(GetParam()),
              TestFailed("Scope.InnerAndOuterAndTest",
                         ElementsAre(HasSubstr("1 descriptor:"),
                                     HasSubstr("1 descriptor:"))));
}

TEST_P(LeakScopeTest, InALoopEachRoundReportsItsOwn) {
  EXPECT_THAT(RunChild(GetParam()),
              TestFailed("Scope.InALoop",
                         ElementsAre(HasSubstr("left behind 1 descriptor:"),
                                     HasSubstr("left behind 1 descriptor:"),
                                     HasSubstr("left behind 1 descriptor:"))));
}

TEST_P(LeakScopeTest, HasOptionsOfItsOwn) {
  const ChildResult child = RunChild(GetParam());
  EXPECT_THAT(child, TestPassed("Scope.WithOptions"));
  EXPECT_THAT(child, Console(ContainsRegex(
                         "left behind, tolerated: thread .*\\(just one\\)")));
  EXPECT_THAT(child, TestFailed("Scope.WithARuleWithoutAReason",
                                ElementsAre(HasSubstr("reason is empty"))));
}

TEST_P(LeakScopeTest, InTheWrongPlaceIsAnErrorInWords) {
  EXPECT_THAT(RunChild(GetParam()),
              TestFailed("Scope.OnAnotherThread",
                         ElementsAre(HasSubstr("on another thread"))));
  ChildOptions options;
  options.env["SCOPE_OUTSIDE_A_TEST"] = "1";
  EXPECT_THAT(
      RunChild(GetParam(), options),
      AllOf(ExitedWith(1),
            FailuresOutsideTests(ElementsAre(HasSubstr("outside a test")))));
}

// The run fails already; a scope neither looks nor says that it has.
TEST_P(LeakScopeTest, InARunWithoutChecksLooksAtNothing) {
  ChildOptions options;
  options.args = {"--leaktrap_lingr=5s"};
  const ChildResult child = RunChild(GetParam(), options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              FailuresOutsideTests(ElementsAre(HasSubstr("lingr is unknown"))));
  EXPECT_THAT(child, TestPassed("Scope.Clean"));
  EXPECT_THAT(child, TestPassed("Scope.LeaksOnce"));
  EXPECT_THAT(child, TestPassed("Scope.InALoop"));
  EXPECT_THAT(child, Console(AllOf(HasSubstr("Leaktrap: no test was checked: "),
                                   Not(HasSubstr("left behind")))));
}

INSTANTIATE_TEST_SUITE_P(BothWays, LeakScopeTest,
                         testing::Values(kEveryTestChecked, kScopesOnly),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return info.param == std::string(kScopesOnly)
                                      ? "ScopesOnly"
                                      : "EveryTestChecked";
                         });

TEST(LeakScopeAndTestTest, TheTestReportsWhatTheScopeDidNot) {
  EXPECT_THAT(
      RunChild(kEveryTestChecked),
      TestFailed("Scope.AndTheTestAfterIt",
                 ElementsAre(HasSubstr("the scope of line"),
                             HasSubstr("AndTheTestAfterIt left behind 1"))));
}

TEST(LeakScopeAndTestTest, WithoutRegistrationOnlyScopesAreChecked) {
  EXPECT_THAT(RunChild(kScopesOnly),
              TestFailed("Scope.AndTheTestAfterIt",
                         ElementsAre(HasSubstr("the scope of line"))));
}

}  // namespace
}  // namespace leaktrap
