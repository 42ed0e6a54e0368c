// The verdicts with a probe that asks the server.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::libpq {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::Console;
using leaktrap::child::ExitedWith;
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(SessionVerdictsTest, ATransactionLeftOpenIsToldOnce) {
  ChildOptions options;
  // Somebody else may end it: it is waited for.
  options.args = {"--leaktrap_linger=50ms"};
  const ChildResult run =
      RunChild("lib/leaktrap/adapters/libpq/sessions_child", options);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(
      run,
      TestFailed("Leaking.Begun",
                 ElementsAre(ContainsRegex(
                     "PostgreSQL session [0-9]+ of 127.0.0.1:[0-9]+, database "
                     "postgres, idle in transaction for [0-9]+ms, on "
                     "descriptor [0-9]+; its last statement: SELECT 42\n"))));
  EXPECT_THAT(run, Console(HasSubstr("COMMIT or ROLLBACK")));
  for (const char* name :
       {"NothingOfItsOwn", "Ended", "Failed", "ClosedInATransaction"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + name));
  }
  // Its own connection is nobody's leak.
  EXPECT_THAT(run.console, Not(HasSubstr("left behind 1 descriptor")));
}

}  // namespace
}  // namespace leaktrap::libpq
