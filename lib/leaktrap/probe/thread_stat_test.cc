#include "leaktrap/probe/thread_stat.h"

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

TEST(ThreadStatTest, ReadsNameStateAndStartTime) {
  const auto stat = ParseThreadStat(Text("http-body"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "http-body");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->start_time, 987654321u);
}

TEST(ThreadStatTest, TheNameMayHoldAnything) {
  for (const char* name : {"", " ", ")", "(", ") (", "a) R 1 (b", ") S 0 0",
                           "two\nlines", "\xff"}) {
    const auto stat = ParseThreadStat(Text(name));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->start_time, 987654321u);
  }
}

TEST(ThreadStatTest, RefusesWhatIsCutShort) {
  const std::string whole = Text("x");
  const size_t end = whole.find("987654321") + 9;
  for (size_t size = 0; size <= end; ++size) {
    EXPECT_FALSE(ParseThreadStat(whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(ParseThreadStat(whole.substr(0, end + 1)));
}

TEST(ThreadStatTest, RefusesOtherForms) {
  EXPECT_FALSE(ParseThreadStat(")("));
  std::string text = Text("x");
  text.replace(text.find("987654321"), 1, "-");
  EXPECT_FALSE(ParseThreadStat(text));
}

TEST(ThreadStatTest, StatesAreWords) {
  EXPECT_EQ(ThreadStateText('R'), "running");
  EXPECT_EQ(ThreadStateText('S'), "sleeping");
  EXPECT_EQ(ThreadStateText('Q'), "in state Q");
}

}  // namespace
}  // namespace leaktrap::internal
