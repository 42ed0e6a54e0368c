// The shortest way: link //testing:main in place of gtest_main. Every test is
// checked, and none is edited.

#include <cstdio>

#include "examples/first_steps/scratch_file.h"
#include "gtest/gtest.h"

TEST(ScratchFile, IsWrittenAndClosed) {
  std::FILE* file = OpenScratchFile();
  EXPECT_EQ(std::fputs("hello", file), 1);
  std::fclose(file);
}

// Fails: run it with --gtest_also_run_disabled_tests.
TEST(ScratchFile, DISABLED_IsForgotten) {
  std::FILE* file = OpenScratchFile();
  EXPECT_EQ(std::fputs("hello", file), 1);
}
