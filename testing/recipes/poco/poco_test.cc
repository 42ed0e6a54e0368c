// The recipe for Poco: idle sessions and the janitor's thread are silent, a
// session that is kept is told, and one that goes back inside a BEGIN is dirty.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace recipes {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::ExitedWith;
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kChild[] = "testing/recipes/poco_child";

TEST(PocoTest, WithTheRecipe) {
  ChildOptions options;
  options.env["RECIPE"] = "1";
  const ChildResult run = RunChild(kChild, options);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  for (const char* test : {"PoolOfOneTest", "PoolOfTheWholeProgram",
                           "BegunAndRolledBackByPoco", "AThousandCheckouts"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + test));
  }
  EXPECT_THAT(
      run,
      TestFailed("Leaking.SessionThatIsKept",
                 ElementsAre(AllOf(HasSubstr("1 descriptor, 1 connection:"),
                                   HasSubstr("of pool \"poco\"")))));
  EXPECT_THAT(
      run, TestFailed("Leaking.BegunByAStatement",
                      ElementsAre(AllOf(
                          HasSubstr("Statement gave back 1 connection dirty:"),
                          HasSubstr("given back inside a transaction")))));
}

TEST(PocoTest, WithoutItTheFirstUserIsBlamedForTheThreads) {
  ChildOptions options;
  options.args = {"--gtest_filter=Fixed.PoolOfOneTest"};
  EXPECT_THAT(RunChild(kChild, options),
              TestFailed("Fixed.PoolOfOneTest",
                         ElementsAre(AllOf(HasSubstr("2 threads"),
                                           HasSubstr("Poco::ThreadPool")))));
}

}  // namespace
}  // namespace recipes
