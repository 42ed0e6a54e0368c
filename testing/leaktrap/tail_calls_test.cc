// A tail call leaves no frame: a report names the nearest one that there is.

#include <string>

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
constexpr char kTest[] = "Leaking.MadeByATailCall";

// The build's only failure is told at the line marked so.
std::string FailureOf(const std::string& build, const std::string& mark) {
  const std::string line =
      scenarios::MarkedLines({std::string(kFolder) + "tail_calls_child.cc"},
                             "FRAME")
          .at(mark);
  const ChildResult child = RunChild(kFolder + build);
  EXPECT_THAT(child, TestFailed(kTest, ElementsAre(StartsWith(line + "\n"))));
  const std::string failure = child.Test(kTest).failures.at(0);
  EXPECT_THAT(scenarios::NamedLines(failure, "made by eventfd()", kFolder),
              ElementsAre(line));
  return failure;
}

TEST(TailCallsTest, WithoutOptimizingTheMakersLineIsNamed) {
  EXPECT_THAT(FailureOf("tail_calls_child", "OfTheMaker"),
              AllOf(HasSubstr("::MakeIt "), HasSubstr("::PassOn ")));
}

// ThreadSanitizer notes the end of each function: no call is the last act.
#ifdef __SANITIZE_THREAD__
constexpr bool kHasTailCalls = false;
#else
constexpr bool kHasTailCalls = true;
#endif

TEST(TailCallsTest, OptimizedTheNearestSurvivingLineIsNamed) {
  if (!kHasTailCalls) GTEST_SKIP() << "this build has no tail calls";
  EXPECT_THAT(FailureOf("tail_calls_optimized_child", "OfWhoKeepsIt"),
              AllOf(HasSubstr("::Keep "), Not(HasSubstr("MakeIt")),
                    Not(HasSubstr("PassOn"))));
}

}  // namespace
}  // namespace leaktrap
