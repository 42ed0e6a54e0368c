// Threads of a suite that go on while its tests are judged: docs/threads.md
// says what is promised.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::ElementsAre;
using testing::HasSubstr;

ChildResult RunSuite(const std::string& suite) {
  ChildOptions options;
  options.args = {"--gtest_filter=" + suite + ".*"};
  options.env["LEAKTRAP_LINGER"] = "1s";
  return RunChild("testing/leaktrap/children/concurrent_child", options);
}

TEST(ConcurrentTest, DescriptorsThatComeAndGoAreNobodysAndHideNothing) {
  const ChildResult child = RunSuite("BesideOpening");
  EXPECT_THAT(child, TestPassed("BesideOpening.Clean"));
  EXPECT_THAT(child,
              TestFailed("BesideOpening.Leaks",
                         ElementsAre(HasSubstr(" left behind 1 descriptor:"))));
}

TEST(ConcurrentTest, ThreadsThatComeAndGoAreNobodysAndHideNothing) {
  const ChildResult child = RunSuite("BesideStarting");
  EXPECT_THAT(child, TestPassed("BesideStarting.Clean"));
  EXPECT_THAT(child,
              TestFailed("BesideStarting.Leaks",
                         ElementsAre(HasSubstr(" left behind 1 thread:"))));
}

TEST(ConcurrentTest, ALeakIsChargedToTheTestInWhoseTimeItIsMade) {
  const ChildResult child = RunSuite("Asked");
  EXPECT_THAT(child, TestPassed("Asked.ForNothing"));
  EXPECT_THAT(child,
              TestFailed("Asked.ForADescriptor",
                         ElementsAre(HasSubstr(" left behind 1 descriptor:"))));
  EXPECT_THAT(child, TestPassed("Asked.ForNothingAgain"));
}

}  // namespace
}  // namespace leaktrap
