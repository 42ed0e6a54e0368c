// The recipe for libmongoc: idle clients and the monitor's thread are silent,
// and a client that is kept is told.

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

constexpr char kChild[] = "testing/recipes/mongoc_child";

TEST(MongocTest, WithTheRecipe) {
  ChildOptions options;
  options.env["RECIPE"] = "1";
  const ChildResult run = RunChild(kChild, options);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  for (const char* test :
       {"PoolOfOneTest", "AThousandCheckouts", "PoolOfTheWholeProgram"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + test));
  }
  EXPECT_THAT(run,
              TestFailed("Leaking.ClientThatIsKept",
                         ElementsAre(AllOf(HasSubstr("behind 1 connection:"),
                                           HasSubstr("of pool \"mongo\"")))));
}

TEST(MongocTest, WithoutItTheFirstUserIsBlamedForTheThread) {
  EXPECT_THAT(RunChild(kChild),
              TestFailed("Fixed.PoolOfTheWholeProgram",
                         ElementsAre(HasSubstr("left behind 1 thread:"))));
}

}  // namespace
}  // namespace recipes
