// Leaks that no test made: of a suite, of an environment.

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
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kSuitesChild[] = "testing/leaktrap/children/suites_child";

constexpr char kUnseenChild[] = "testing/leaktrap/children/unseen_child";

constexpr char kSuiteReport[] =
    "The test suite SuiteThatLeaks, outside its tests, left behind 1 "
    "descriptor:";
constexpr char kProgramReport[] =
    "The program, outside its test suites, left behind 1 descriptor:";

TEST(SuiteTest, ItsLeakFailsTheRunOnceAndNoTest) {
  const ChildResult child = RunChild(kSuitesChild);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              FailuresOutsideTests(ElementsAre(HasSubstr(kSuiteReport))));
  EXPECT_THAT(child, TestPassed("SuiteThatLeaks.First"));
  EXPECT_THAT(child, TestPassed("SuiteThatLeaks.Second"));
  EXPECT_THAT(child, TestPassed("SuiteThatReleases.Only"));
}

TEST(SuiteTest, ATestsLeakIsTheTestsAlone) {
  EXPECT_THAT(RunChild(kSuitesChild),
              TestFailed("SuiteOfALeakingTest.Leaks",
                         ElementsAre(HasSubstr("left behind 1 descriptor:"))));
}

TEST(ProgramTest, AnEnvironmentsLeakFailsTheRun) {
  ChildOptions options;
  options.env["ENVIRONMENT_LEAKS"] = "1";
  options.args = {"--gtest_filter=SuiteThatReleases.*"};
  const ChildResult child = RunChild(kSuitesChild, options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              FailuresOutsideTests(ElementsAre(HasSubstr(kProgramReport))));
  EXPECT_THAT(child, TestPassed("SuiteThatReleases.Only"));
}

TEST(ProgramTest, EachRoundOfEnvironmentsIsJudged) {
  ChildOptions options;
  options.env["ENVIRONMENT_LEAKS"] = "1";
  options.args = {"--gtest_filter=SuiteThatReleases.*", "--gtest_repeat=2",
                  "--gtest_recreate_environments_when_repeating=false"};
  EXPECT_THAT(RunChild(kSuitesChild, options),
              FailuresOutsideTests(ElementsAre(HasSubstr(kProgramReport))));
  options.args.back() = "--gtest_recreate_environments_when_repeating=true";
  EXPECT_THAT(RunChild(kSuitesChild, options),
              FailuresOutsideTests(ElementsAre(HasSubstr(kProgramReport),
                                               HasSubstr(kProgramReport))));
}

TEST(SetScopesTest, OnlyThoseAskedFor) {
  ChildOptions options;
  options.env["ENVIRONMENT_LEAKS"] = "1";
  options.args = {"--leaktrap_scopes=test"};
  const ChildResult test_only = RunChild(kSuitesChild, options);
  EXPECT_THAT(test_only, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(test_only, TestFailed("SuiteOfALeakingTest.Leaks"));

  // What the inner scopes do not judge falls to those around them.
  options.args = {"--leaktrap_scopes=suite"};
  const ChildResult suite_only = RunChild(kSuitesChild, options);
  EXPECT_THAT(suite_only, TestPassed("SuiteOfALeakingTest.Leaks"));
  EXPECT_THAT(suite_only,
              FailuresOutsideTests(ElementsAre(
                  HasSubstr(kSuiteReport),
                  HasSubstr("The test suite SuiteOfALeakingTest"))));

  options.args = {"--leaktrap_scopes=program"};
  EXPECT_THAT(RunChild(kSuitesChild, options),
              FailuresOutsideTests(ElementsAre(HasSubstr(
                  "The program, outside its test suites, left behind 3 "
                  "descriptors:"))));
}

TEST(ProgramTest, WhatWasThereBeforeIsToldAndNotJudged) {
  ChildOptions options;
  options.args = {"--gtest_filter=SuiteThatReleases.*"};
  EXPECT_THAT(RunChild(kSuitesChild, options),
              AllOf(AllPassed(), Console(Not(HasSubstr("there before")))));
  options.wrapper = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 7</dev/null"};
  EXPECT_THAT(
      RunChild(kSuitesChild, options),
      AllOf(AllPassed(), Console(HasSubstr("leaves alone what was there before "
                                           "RUN_ALL_TESTS(): 1 descriptor."))));
}

// A test is looked at quickly, by counts and what the recorder has seen. By the
// end of the run all is found, whoever is blamed then.
TEST(UnseenTest, AFileInThePlaceOfAnotherFailsTheRun) {
  ChildOptions options;
  options.args = {"--gtest_filter=Unseen.PutsAnotherFileInTheSamePlace"};
  const ChildResult child = RunChild(kUnseenChild, options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, Console(HasSubstr("left behind 1 descriptor:")));
  EXPECT_THAT(child, Console(HasSubstr("/dev/zero")));
}

// Where nothing is looked at in the end, it is found at once.
TEST(UnseenTest, WithoutTheProgramsScopeTheTestItselfFails) {
  ChildOptions options;
  options.args = {"--gtest_filter=Unseen.PutsAnotherFileInTheSamePlace",
                  "--leaktrap_scopes=test"};
  EXPECT_THAT(RunChild(kUnseenChild, options),
              TestFailed("Unseen.PutsAnotherFileInTheSamePlace",
                         ElementsAre(HasSubstr("left behind 1 descriptor:"))));
}

TEST(UnseenTest, AChildFailsTheTestThatMadeIt) {
  ChildOptions options;
  options.args = {"--gtest_filter=Unseen.LeavesAChild:Unseen.IsInnocent"};
  const ChildResult child = RunChild(kUnseenChild, options);
  EXPECT_THAT(child,
              TestFailed("Unseen.LeavesAChild",
                         ElementsAre(HasSubstr("left behind 1 process:"))));
  EXPECT_THAT(child, TestPassed("Unseen.IsInnocent"));
}

// Its scope has told of it, and nobody else does.
TEST(UnseenTest, AChildInAScopeIsToldOnce) {
  ChildOptions options;
  options.args = {"--gtest_filter=Unseen.*InAScope:Unseen.IsInnocent"};
  const ChildResult child = RunChild(kUnseenChild, options);
  EXPECT_THAT(child,
              TestFailed("Unseen.LeavesAChildInAScope",
                         ElementsAre(HasSubstr("left behind 1 process:"))));
  EXPECT_THAT(child, TestPassed("Unseen.IsInnocent"));
  EXPECT_THAT(child, Console(Not(HasSubstr("released late"))));
}

}  // namespace
}  // namespace leaktrap
