// With a main of your own that stays as it is: link //testing:auto. Every test
// is checked.

#include <clocale>
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

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "C");  // whatever your main is there for
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
