#include "leaktrap/rerun_program.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(FilterForTest, FitsNamesOfEverySort) {
  for (const char* test : {"Suite.Name", "Small/Numbers.TwoLeaks/1",
                           "My/Pattern/0.LongLeaks", "A.DISABLED_B"}) {
    EXPECT_EQ(FilterFor(test), test);
  }
  // As a type's name may have it, or a test that is registered by hand.
  EXPECT_EQ(FilterFor("Typed/std::vector<int>.Has-A*"),
            "Typed/std??vector<int>.Has?A?");
}

TEST(RerunArgumentsTest, KeepThoseOfMainAndOfWhatIsLookedFor) {
  EXPECT_THAT(
      RerunArguments({"app_test", "--config=a b", "--gtest_random_seed=7",
                      "--leaktrap_linger=1s", "input.txt", "",
                      "--gtest_filtered=mine", "gtest_filter=mine"},
                     "A.B", 3),
      ElementsAre(
          "app_test", "--config=a b", "--gtest_random_seed=7",
          "--leaktrap_linger=1s", "input.txt", "", "--gtest_filtered=mine",
          "gtest_filter=mine", "--gtest_filter=A.B", "--gtest_repeat=3",
          "--gtest_also_run_disabled_tests=1", "--gtest_break_on_failure=0",
          "--gtest_shuffle=0", "--gtest_list_tests=0",
          "--gtest_output=", "--gtest_color=no"));
}

TEST(RerunArgumentsTest, DropWhatChoosesTestsAndReports) {
  for (const char* dropped :
       {"--gtest_filter=X.*", "-gtest_filter=X.*", "--gtest_repeat=100",
        "--gtest_shuffle", "--gtest_output=xml:/x", "--gtest_list_tests",
        "--gtest_break_on_failure", "--gtest_also_run_disabled_tests",
        "--gtest_color=yes", "--gtest_fail_fast", "--leaktrap_confirm=5",
        "--leaktrap_json=/x", "--leaktrap_update_rules",
        "--leaktrap_update_rules=grow"}) {
    EXPECT_THAT(RerunArguments({"app_test", dropped}, "A.B", 3),
                Not(Contains(dropped)));
  }
}

TEST(RerunArgumentsTest, StandBeforeTheEndOfFlags) {
  const std::vector<std::string> arguments =
      RerunArguments({"app_test", "--", "--gtest_mine"}, "A.B", 3);
  EXPECT_EQ(arguments[1], "--gtest_filter=A.B");
  EXPECT_EQ(arguments.back(), "--gtest_mine");
}

TEST(RerunEnvironmentTest, DropsWhatChoosesTestsShardsAndReports) {
  const std::vector<std::string> environment = RerunEnvironment(
      {"GTEST_FILTER=X.*", "GTEST_REPEAT=9", "GTEST_SHUFFLE=1",
       "GTEST_OUTPUT=xml:/x", "GTEST_SHARD_INDEX=1", "GTEST_TOTAL_SHARDS=2",
       "GTEST_SHARD_STATUS_FILE=/x", "GTEST_FAIL_FAST=1", "TEST_SHARD_INDEX=1",
       "TEST_TOTAL_SHARDS=2", "TEST_SHARD_STATUS_FILE=/x", "XML_OUTPUT_FILE=/x",
       "TEST_PREMATURE_EXIT_FILE=/x", "TESTBRIDGE_TEST_ONLY=X.*",
       "LEAKTRAP_JSON=/x", "LEAKTRAP_CONFIRM=3", "LEAKTRAP_UPDATE_RULES=grow",
       "_LEAKTRAP_TELLS=/x"},
      "A.B", 3);
  EXPECT_THAT(environment, ElementsAre("GTEST_FILTER=A.B", "GTEST_REPEAT=3",
                                       "GTEST_ALSO_RUN_DISABLED_TESTS=1"));
}

TEST(RerunEnvironmentTest, KeepsTheRest) {
  const std::vector<std::string> kept = {"HOME=/x",
                                         "TEST_TMPDIR=/x",
                                         "TEST_SRCDIR=/x",
                                         "LEAKTRAP_LINGER=1s",
                                         "LEAKTRAP_JSON_MINE=1",
                                         "gtest_filter=mine",
                                         "GTEST_RANDOM_SEED=7"};
  const std::vector<std::string> environment = RerunEnvironment(kept, "A.B", 3);
  for (const std::string& entry : kept) {
    EXPECT_THAT(environment, Contains(entry));
  }
}

}  // namespace
}  // namespace leaktrap::internal
