// The recipe for SOCI: a session that is kept, or outlives its pool, is told,
// and one that goes back after begin() is dirty, since the pool does nothing.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace recipes {
namespace {

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

TEST(SociTest, WithTheRecipe) {
  const ChildResult run = RunChild("testing/recipes/soci_child");
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  for (const char* test :
       {"PoolOfOneTest", "TransactionThatEndsItself", "AThousandCheckouts"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + test));
  }
  // The other one's socket is the program's, which has opened it in the test.
  EXPECT_THAT(
      run,
      TestFailed("Leaking.SessionThatIsKept",
                 ElementsAre(AllOf(HasSubstr("2 descriptors, 1 connection:"),
                                   HasSubstr("of pool \"soci\"")))));
  EXPECT_THAT(run,
              TestFailed("Leaking.SessionThatEndsAfterBegin",
                         ElementsAre(AllOf(
                             HasSubstr("gave back 1 connection dirty:"),
                             HasSubstr("given back inside a transaction")))));
  EXPECT_THAT(run,
              TestFailed("Leaking.PoolThatDiesBeforeItsSession",
                         ElementsAre(AllOf(HasSubstr("1 connection:"),
                                           HasSubstr("its pool is gone")))));
}

}  // namespace
}  // namespace recipes
