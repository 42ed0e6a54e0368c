// A test that leaves no descriptor beneath a limit that it lowers itself.

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
using testing::IsEmpty;

constexpr char kChild[] = "testing/leaktrap/children/exhausted_late_child";

TEST(ExhaustedTest, BeneathALimitThatTheTestLowers) {
  const ChildResult child = RunChild(kChild);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              TestFailed("ExhaustedLate.TheLimitIsLoweredAndUsedUp",
                         ElementsAre(AllOf(
                             ContainsRegex("left behind 1 thread, [0-9]+ "
                                           "descriptors:"),
                             HasSubstr("character devices at /dev/null")))));
  EXPECT_THAT(child, TestPassed("ExhaustedLate.TheNextTestIsClean"));
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
}

TEST(ExhaustedTest, BeneathALimitThatTheTestLowersInEachRound) {
  ChildOptions options;
  options.args = {"--gtest_repeat=2"};
  const ChildResult child = RunChild(kChild, options);
  EXPECT_THAT(child, ExitedWith(1));
  // What it tells is the second round.
  EXPECT_TRUE(child.has_xml);
}

// Nobody can lift it again, so nobody can look, or write XML: GoogleTest ends
// the process.
TEST(ExhaustedTest, BeneathAHardLimitThatTheTestLowers) {
  ChildOptions options;
  options.env["FOR_GOOD"] = "1";
  const ChildResult child = RunChild(kChild, options);
  EXPECT_NE(child.exit_code, 0);
  EXPECT_THAT(child,
              Console(AllOf(HasSubstr("Leaktrap could not look after "
                                      "ExhaustedLate.TheLimitIsLowered"),
                            ContainsRegex("left behind [0-9]+ descriptors"))));
}

}  // namespace
}  // namespace leaktrap
