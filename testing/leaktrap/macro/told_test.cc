// Attributes of a leaktrap_cc_test.

#include <cstdlib>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

TEST(ToldTest, EnvironmentAndData) {
  const char* const path = std::getenv("TOLD");
  ASSERT_NE(path, nullptr);
  std::string line;
  std::getline(std::ifstream(path), line);
  EXPECT_EQ(line, "What a test is told.");
}

TEST(ToldTest, Arguments) {
  EXPECT_TRUE(GTEST_FLAG_GET(also_run_disabled_tests));
}

TEST(ToldTest, Shards) { EXPECT_STREQ(std::getenv("TEST_TOTAL_SHARDS"), "2"); }

TEST(ToldTest, CompilersOptions) { EXPECT_EQ(TOLD, 7); }

}  // namespace
}  // namespace leaktrap
