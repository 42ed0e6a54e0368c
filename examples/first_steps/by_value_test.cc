// As values, which fail nothing by themselves: take a snapshot, do something,
// ask what is left of it.

#include <cstdio>

#include "examples/first_steps/scratch_file.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

TEST(ScratchFile, IsLeftUntilItIsClosed) {
  const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
  std::FILE* file = OpenScratchFile();
  const leaktrap::LeakReport open = leaktrap::FindLeaks(before);
  ASSERT_TRUE(open.could_look()) << open.error();
  ASSERT_EQ(open.leaks().size(), 1u) << open;
  EXPECT_EQ(open.leaks()[0].identity.kind, leaktrap::Kind::kDescriptor);

  std::fclose(file);
  const leaktrap::LeakReport closed = leaktrap::FindLeaks(before);
  EXPECT_TRUE(closed.empty()) << closed;
}

// Fails: run it with --gtest_also_run_disabled_tests.
TEST(ScratchFile, DISABLED_IsForgotten) {
  const leaktrap::Snapshot before = leaktrap::Snapshot::Take();
  OpenScratchFile();
  const leaktrap::LeakReport report = leaktrap::FindLeaks(before);
  EXPECT_TRUE(report.empty()) << report;
}
