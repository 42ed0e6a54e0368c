// For a part of one test: VERIFY_NO_LEAKS() looks where its block ends,
// EXPECT_NO_LEAKS() where its statement does. Only //testing:leaktrap is
// linked, so nothing else is checked.

#include <cstdio>

#include "examples/first_steps/scratch_file.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

TEST(ScratchFile, OnePartIsChecked) {
  std::FILE* kept_on_purpose = OpenScratchFile();
  {
    VERIFY_NO_LEAKS();
    std::fclose(OpenScratchFile());
  }
  std::fclose(kept_on_purpose);
}

// Fails: run it with --gtest_also_run_disabled_tests.
TEST(ScratchFile, DISABLED_OnePartLeaks) {
  std::FILE* file;
  {
    VERIFY_NO_LEAKS();
    file = OpenScratchFile();
  }
  std::fclose(file);
}

TEST(ScratchFile, OneStatementIsChecked) {
  EXPECT_NO_LEAKS(std::fclose(OpenScratchFile()));
}

// Fails: run it with --gtest_also_run_disabled_tests.
TEST(ScratchFile, DISABLED_OneStatementLeaks) {
  std::FILE* file;
  EXPECT_NO_LEAKS(file = OpenScratchFile());
  std::fclose(file);
}

TEST(ScratchFile, OnePartMayKeepOneDescriptor) {
  std::FILE* log;
  {
    VERIFY_NO_LEAKS(leaktrap::Options().Tolerate(
        leaktrap::Kind::kDescriptor, 1, "the log is open until the test ends"));
    log = OpenScratchFile();
  }
  std::fclose(log);
}
