// Where a resource is left behind, and who is charged with it: the table of
// docs/placement.md, each line for each kind.

#include <ostream>
#include <string>
#include <tuple>
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
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using child::TestSkipped;
using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

enum class Owner {
  kTest,
  kSuite,
  kProgram,
  kRun,     // too late for a failure: a note
  kBefore,  // main's: told at the start
  kNobody,  // another process's, or made after the last look
};

struct Place {
  const char* name;
  Owner owner;
  // Where the clean twin releases it; empty if there is nothing left to do it.
  const char* release;
};

constexpr Place kPlaces[] = {
    {"StaticInitialiser", Owner::kBefore, "Main"},
    {"ParameterGenerator", Owner::kBefore, "Main"},
    {"Main", Owner::kBefore, "Main"},
    {"FirstEnvironment.SetUp", Owner::kProgram, "FirstEnvironment.TearDown"},
    {"LastEnvironment.SetUp", Owner::kProgram, "LastEnvironment.TearDown"},
    {"SetUpTestSuite", Owner::kSuite, "TearDownTestSuite"},
    {"Constructor", Owner::kTest, "Destructor"},
    {"SetUp", Owner::kTest, "TearDown"},
    {"Body", Owner::kTest, "EndOfBody"},
    {"Exception", Owner::kTest, "Unwinding"},
    {"Thread", Owner::kTest, "EndOfBody"},
    {"TearDown", Owner::kTest, "Destructor"},
    {"Destructor", Owner::kTest, "BaseDestructor"},
    {"BaseDestructor", Owner::kTest, "After.OnTestEnd"},
    {"TearDownTestSuite", Owner::kSuite, "After.OnTestSuiteEnd"},
    {"LastEnvironment.TearDown", Owner::kProgram, "FirstEnvironment.TearDown"},
    {"FirstEnvironment.TearDown", Owner::kProgram,
     "After.OnEnvironmentsTearDownEnd"},

    {"Before.OnTestProgramStart", Owner::kBefore, "Before.OnTestProgramStart"},
    {"Before.OnTestIterationStart", Owner::kRun, "Before.OnTestIterationEnd"},
    {"Before.OnEnvironmentsSetUpStart", Owner::kRun,
     "Before.OnEnvironmentsTearDownEnd"},
    {"Before.OnEnvironmentsSetUpEnd", Owner::kProgram,
     "Before.OnEnvironmentsTearDownStart"},
    {"Before.OnTestSuiteStart", Owner::kProgram, "Before.OnTestSuiteEnd"},
    {"Before.OnTestCaseStart", Owner::kSuite, "TearDownTestSuite"},
    {"Before.OnTestCaseEnd", Owner::kProgram, "FirstEnvironment.TearDown"},
    {"Before.OnTestStart", Owner::kSuite, "Before.OnTestEnd"},
    {"Before.OnTestEnd", Owner::kSuite, "TearDownTestSuite"},
    {"Before.OnTestSuiteEnd", Owner::kProgram, "FirstEnvironment.TearDown"},
    {"Before.OnEnvironmentsTearDownStart", Owner::kProgram,
     "FirstEnvironment.TearDown"},
    {"Before.OnEnvironmentsTearDownEnd", Owner::kRun,
     "Before.OnTestIterationEnd"},
    {"Before.OnTestIterationEnd", Owner::kRun, "After.OnTestProgramEnd"},
    {"Before.OnTestProgramEnd", Owner::kNobody, ""},

    {"After.OnTestProgramStart", Owner::kRun, "After.OnTestProgramEnd"},
    {"After.OnTestIterationStart", Owner::kRun, "After.OnTestIterationEnd"},
    {"After.OnEnvironmentsSetUpStart", Owner::kProgram,
     "After.OnEnvironmentsTearDownEnd"},
    {"After.OnEnvironmentsSetUpEnd", Owner::kProgram,
     "After.OnEnvironmentsTearDownStart"},
    {"After.OnTestSuiteStart", Owner::kSuite, "After.OnTestSuiteEnd"},
    {"After.OnTestCaseStart", Owner::kSuite, "TearDownTestSuite"},
    {"After.OnTestCaseEnd", Owner::kProgram, "FirstEnvironment.TearDown"},
    {"After.OnTestStart", Owner::kTest, "After.OnTestEnd"},
    {"After.OnTestEnd", Owner::kTest, "After.OnTestEnd"},
    {"After.OnTestSuiteEnd", Owner::kSuite, "After.OnTestSuiteEnd"},
    {"After.OnEnvironmentsTearDownStart", Owner::kProgram,
     "FirstEnvironment.TearDown"},
    {"After.OnEnvironmentsTearDownEnd", Owner::kProgram,
     "After.OnEnvironmentsTearDownEnd"},
    {"After.OnTestIterationEnd", Owner::kRun, "After.OnTestIterationEnd"},
    {"After.OnTestProgramEnd", Owner::kRun, "After.OnTestProgramEnd"},
};

void PrintTo(const Place& place, std::ostream* os) { *os << place.name; }

constexpr char kTooLate[] =
    "only a note since GoogleTest counts no failure any more: The run, outside "
    "its environments, left behind 1 ";

ChildResult RunAt(const std::string& place, const std::string& kind,
                  const std::string& release,
                  const std::string& filter = "Placement.*") {
  ChildOptions options;
  options.args = {"--gtest_filter=" + filter};
  options.env = {{"PLACE", place}, {"KIND", kind}, {"RELEASE", release}};
  return RunChild("testing/leaktrap/children/placement_child", options);
}

MATCHER(NothingTold, "") {
  return testing::Value(
      arg, Console(AllOf(Not(HasSubstr("left behind")),
                         Not(HasSubstr("there before")),
                         HasSubstr(" checked, 0 leaks, 0 tolerated"))));
}

// The whole of one failure by one leak of `kind`.
auto OneLeak(const std::string& owner, const std::string& kind) {
  return ElementsAre(
      AllOf(HasSubstr("Leaktrap: " + owner + " left behind 1 " + kind + ":\n"),
            HasSubstr("to release it: "), HasSubstr("looks=")));
}

void ExpectCharged(const ChildResult& child, Owner owner,
                   const std::string& kind) {
  const bool fails = owner == Owner::kTest || owner == Owner::kSuite ||
                     owner == Owner::kProgram;
  EXPECT_THAT(child, ExitedWith(fails ? 1 : 0));
  if (owner == Owner::kTest) {
    EXPECT_THAT(child,
                TestFailed("Placement.Test", OneLeak("Placement.Test", kind)));
  } else {
    EXPECT_THAT(child, TestPassed("Placement.Test"));
  }
  switch (owner) {
    case Owner::kSuite:
      EXPECT_THAT(child,
                  FailuresOutsideTests(OneLeak(
                      "The test suite Placement, outside its tests,", kind)));
      return;
    case Owner::kProgram:
      EXPECT_THAT(child, FailuresOutsideTests(OneLeak(
                             "The program, outside its test suites,", kind)));
      return;
    case Owner::kRun:
      EXPECT_THAT(child, Console(HasSubstr(kTooLate + kind + ":\n")));
      break;
    case Owner::kBefore:
      EXPECT_THAT(child, Console(HasSubstr("leaves alone what was there before "
                                           "RUN_ALL_TESTS(): 1 " +
                                           kind + ".")));
      break;
    case Owner::kNobody:
      EXPECT_THAT(child, NothingTold());
      break;
    case Owner::kTest:
      break;
  }
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
}

class PlacementTest
    : public testing::TestWithParam<std::tuple<Place, const char*>> {};

// The program's first thread starts ThreadSanitizer's own, and Leaktrap cannot
// tell one from the other if both were there before its static initialisers.
bool TsanThreadIsInTheWay(const Place& place, const std::string& kind) {
#ifdef __SANITIZE_THREAD__
  return place.name == std::string("StaticInitialiser") && kind == "thread";
#else
  (void)place;
  (void)kind;
  return false;
#endif
}

TEST_P(PlacementTest, IsChargedWithWhatItLeaves) {
  const auto& [place, kind] = GetParam();
  if (TsanThreadIsInTheWay(place, kind)) GTEST_SKIP();
  ExpectCharged(RunAt(place.name, kind, ""), place.owner, kind);
}

TEST_P(PlacementTest, IsNotChargedWithWhatIsReleased) {
  const auto& [place, kind] = GetParam();
  if (TsanThreadIsInTheWay(place, kind)) GTEST_SKIP();
  if (std::string(place.release).empty()) return;
  EXPECT_THAT(RunAt(place.name, kind, place.release),
              AllOf(AllPassed(), NothingTold()));
}

INSTANTIATE_TEST_SUITE_P(
    Each, PlacementTest,
    testing::Combine(testing::ValuesIn(kPlaces),
                     testing::Values("thread", "descriptor", "connection",
                                     "resource")),
    [](const testing::TestParamInfo<PlacementTest::ParamType>& info) {
      std::string name = std::get<0>(info.param).name;
      for (char& letter : name) letter = letter == '.' ? '_' : letter;
      return name + "_" + std::get<1>(info.param);
    });

class OutcomePlacementTest : public testing::TestWithParam<const char*> {
 protected:
  std::string Note(const std::string& reason, const std::string& owner) {
    return "Leaktrap, only a note since " + reason + ": " + owner +
           " left behind 1 " + GetParam() + ":";
  }
};

TEST_P(OutcomePlacementTest, AFatalFailureOfTheTestStandsAlone) {
  for (const char* place : {"FatalFailure", "SetUpThatFails"}) {
    const ChildResult child = RunAt(place, GetParam(), "");
    EXPECT_THAT(child, ExitedWith(1));
    EXPECT_THAT(child, TestFailed("Placement.Test",
                                  ElementsAre(HasSubstr("code's own"))));
    EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
    EXPECT_THAT(child, Console(HasSubstr(Note("the test has failed before",
                                              "Placement.Test"))));
    EXPECT_THAT(RunAt(place, GetParam(), "TearDown"),
                AllOf(ExitedWith(1), NothingTold()));
  }
}

TEST_P(OutcomePlacementTest, AFatalFailureOfTheSuiteStandsAlone) {
  const ChildResult child = RunAt("SetUpTestSuiteThatFails", GetParam(), "");
  EXPECT_THAT(child, ExitedWith(1));
  // GoogleTest 1.17 and newer writes it into the XML, those before do not.
  EXPECT_THAT(child, FailuresOutsideTests(Each(HasSubstr("code's own"))));
  EXPECT_THAT(
      child,
      Console(HasSubstr(Note("the test suite has failed before",
                             "The test suite Placement, outside its tests,"))));
  EXPECT_THAT(RunAt("SetUpTestSuiteThatFails", GetParam(), "TearDownTestSuite"),
              AllOf(ExitedWith(1), NothingTold()));
}

TEST_P(OutcomePlacementTest, ASkippedTestStaysSkipped) {
  const ChildResult child = RunAt("SkippedTest", GetParam(), "");
  EXPECT_THAT(child, ExitedWith(0));
  EXPECT_THAT(child, TestSkipped("Placement.Test"));
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(
      child,
      Console(HasSubstr(Note("the test was skipped", "Placement.Test"))));
  EXPECT_THAT(RunAt("SkippedTest", GetParam(), "TearDown"),
              AllOf(ExitedWith(0), NothingTold()));
}

TEST_P(OutcomePlacementTest, AForkedChildsIsItsOwn) {
  EXPECT_THAT(RunAt("ForkedChild", GetParam(), "", "Fork.ChildExits"),
              AllOf(AllPassed(), TestPassed("Fork.ChildExits"), NothingTold()));
}

// It runs the rest of the tests and says so; Leaktrap stays with the parent.
TEST_P(OutcomePlacementTest, AForkedChildThatGoesOnIsLeftAlone) {
  const ChildResult child =
      RunAt("ForkedChildThatGoesOn", GetParam(), "", "Fork.*");
  EXPECT_THAT(child, AllOf(AllPassed(), TestPassed("Fork.ChildGoesOn"),
                           FailuresOutsideTests(IsEmpty()), NothingTold()));
  EXPECT_THAT(child.console, HasSubstr("2 tests checked"));
  EXPECT_EQ(child.console.find("tests checked"),
            child.console.rfind("tests checked"));
  // Two of them, the child's own being the first.
  EXPECT_NE(child.console.find("[  PASSED  ] 2 tests."),
            child.console.rfind("[  PASSED  ] 2 tests."));
}

TEST_P(OutcomePlacementTest, TheParentOfAForkedChildThatGoesOnIsCharged) {
  const ChildResult child =
      RunAt("ParentOfForkedChild", GetParam(), "", "Fork.ChildGoesOn");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              TestFailed("Fork.ChildGoesOn",
                         ElementsAre(HasSubstr(std::string("left behind 1 ") +
                                               GetParam() + ":"))));
}

INSTANTIATE_TEST_SUITE_P(Each, OutcomePlacementTest,
                         testing::Values("thread", "descriptor", "connection",
                                         "resource"),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

}  // namespace
}  // namespace leaktrap
