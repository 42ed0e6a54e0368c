// A tail call leaves no frame: a report names the nearest one that there is.

#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"
#include "leaktrap/scenarios/named_lines.h"

namespace leaktrap {
namespace {

using child::ChildResult;
using child::RunChild;
using child::TestFailed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kFolder[] = "testing/leaktrap/children/";

std::string Line(const std::string& mark) {
  return scenarios::MarkedLines({std::string(kFolder) + "tail_calls_child.cc"},
                                "FRAME")
      .at(mark);
}

std::vector<std::string> LinesOf(const std::string& failure) {
  return scenarios::NamedLines(failure, "made by eventfd()", kFolder);
}

// The test's only failure is told at the line marked so.
std::string FailureOf(const std::string& build, const std::string& test,
                      const std::string& mark) {
  const std::string line = Line(mark);
  const ChildResult child = RunChild(kFolder + build);
  EXPECT_THAT(child, TestFailed(test, ElementsAre(StartsWith(line + "\n"))));
  return child.Test(test).failures.at(0);
}

TEST(TailCallsTest, WithoutOptimizingTheMakersLineIsNamed) {
  const std::string failure =
      FailureOf("tail_calls_child", "Leaking.MadeByATailCall", "OfTheMaker");
  EXPECT_THAT(failure, AllOf(HasSubstr("::MakeIt "), HasSubstr("::PassOn ")));
  EXPECT_THAT(LinesOf(failure), ElementsAre(Line("OfTheMaker")));
}

TEST(TailCallsTest, WithoutOptimizingATestsLastCallIsNamed) {
  const std::string failure = FailureOf(
      "tail_calls_child", "Leaking.ByATestsLastCall", "OfItsLastCall");
  EXPECT_THAT(LinesOf(failure), ElementsAre(Line("OfItsLastCall")));
}

// ThreadSanitizer notes the end of each function: no call is the last act.
#ifdef __SANITIZE_THREAD__
constexpr bool kHasTailCalls = false;
#else
constexpr bool kHasTailCalls = true;
#endif

TEST(TailCallsTest, OptimizedTheNearestSurvivingLineIsNamed) {
  if (!kHasTailCalls) GTEST_SKIP() << "this build has no tail calls";
  const std::string failure = FailureOf(
      "tail_calls_optimized_child", "Leaking.MadeByATailCall", "OfWhoKeepsIt");
  EXPECT_THAT(failure, AllOf(HasSubstr("::Keep "), Not(HasSubstr("MakeIt")),
                             Not(HasSubstr("PassOn"))));
  EXPECT_THAT(LinesOf(failure), ElementsAre(Line("OfWhoKeepsIt")));
}

TEST(TailCallsTest, OptimizedATestsLastCallIsToldAtTheTest) {
  if (!kHasTailCalls) GTEST_SKIP() << "this build has no tail calls";
  EXPECT_THAT(
      FailureOf("tail_calls_optimized_child", "Leaking.ByATestsLastCall",
                "OfTheTest"),
      AllOf(HasSubstr("made by eventfd() at\n"
                      "      code that GoogleTest ran: its last call, which "
                      "left no frame"),
            Not(HasSubstr("HandleExceptions")), Not(HasSubstr("libc"))));
}

}  // namespace
}  // namespace leaktrap
