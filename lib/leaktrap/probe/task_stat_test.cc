#include "leaktrap/probe/task_stat.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

std::string Text(const std::string& name) {
  return "4712 (" + name +
         ") S 1 4711 4711 0 -1 4194368 12 0 0 0 1 2 0 0 20 0 3 0 987654321 "
         "1000 20 18446744073709551615 0 0\n";
}

TEST(TaskStatTest, ReadsNameStateAndStartTime) {
  const auto stat = ParseTaskStat(Text("http-body"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "http-body");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 1u);
  EXPECT_EQ(stat->flags, 4194368u);
  EXPECT_EQ(stat->start_time, 987654321u);
}

TEST(TaskStatTest, TheNameMayHoldAnything) {
  for (const char* name : {"", " ", ")", "(", ") (", "a) R 1 (b", ") S 0 0",
                           "two\nlines", "\xff"}) {
    const auto stat = ParseTaskStat(Text(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->start_time, 987654321u);
  }
}

TEST(TaskStatTest, RefusesWhatIsCutShort) {
  const std::string whole = Text("x");
  const size_t end = whole.find("987654321") + 9;
  for (size_t size = 0; size <= end; ++size) {
    EXPECT_FALSE(ParseTaskStat(whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(ParseTaskStat(whole.substr(0, end + 1)));
}

TEST(TaskStatTest, RefusesOtherForms) {
  EXPECT_FALSE(ParseTaskStat(")("));
  std::string text = Text("x");
  text.replace(text.find("987654321"), 1, "-");
  EXPECT_FALSE(ParseTaskStat(text));
  text = Text("x");
  text.replace(text.find(" 1 4711"), 2, " -1");
  EXPECT_FALSE(ParseTaskStat(text));
}

TEST(TaskStatTest, StatesAreWords) {
  EXPECT_EQ(TaskStateText('R'), "running");
  EXPECT_EQ(TaskStateText('S'), "sleeping");
  EXPECT_EQ(TaskStateText('Q'), "in state Q");
  EXPECT_EQ(TaskStateText('\x1b'), "in state \\x1b");
}

}  // namespace
}  // namespace leaktrap::internal
