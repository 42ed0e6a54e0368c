// The verdicts: each bug is caught as what it is, and each fix passes.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace public_bugs {
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
using testing::SizeIs;

TEST(PublicBugsTest, EachIsCaughtAndEachFixPasses) {
  const ChildResult run = RunChild("examples/public_bugs/public_bugs");
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  const struct {
    const char* test;
    // All that it left: no descriptor, no thread.
    const char* left;
    const char* pool;
  } bugs[] = {
      {"RedisPlusPlusLosesASlotWhenReceiveThrows",
       "left behind 1 connection:\n", "of pool \"redis++\" to 127.0.0.1:"},
      {"DuckdbPostgresLosesASlotWhenCommitThrows",
       "left behind 1 connection:\n", "of pool \"duckdb\" to 127.0.0.1:"},
      {"MapnikNeverReturnsWhatIsInAnErrorState", "left behind 2 connections:\n",
       "of pool \"mapnik\" to 127.0.0.1:"},
      {"OcilibsDestructorDoesNotRelease",
       "left behind 2 descriptors, 2 connections:\n",
       "of pool \"ocilib\" to 127.0.0.1:"},
      {"LightweightHandsBackInsideBegin", "gave back 2 connections dirty:\n",
       "given back inside a transaction"},
  };
  for (const auto& bug : bugs) {
    EXPECT_THAT(run, TestFailed(std::string("Bug.") + bug.test,
                                ElementsAre(AllOf(HasSubstr(bug.left),
                                                  HasSubstr(bug.pool)))));
  }
  size_t fixed = 0;
  for (const auto& test : run.tests) {
    if (test.suite != "Fixed") continue;
    EXPECT_THAT(run, TestPassed(test.full_name()));
    ++fixed;
  }
  EXPECT_EQ(fixed, 7u);
  EXPECT_THAT(run.tests, SizeIs(fixed + std::size(bugs)));
}

}  // namespace
}  // namespace public_bugs
