#include "leaktrap/report/duration_text.h"

#include <chrono>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(DurationTextTest, HasThreeDigits) {
  EXPECT_EQ(DurationText(nanoseconds(0)), "0");
  EXPECT_EQ(DurationText(nanoseconds(999)), "999ns");
  EXPECT_EQ(DurationText(nanoseconds(1234)), "1.23us");
  EXPECT_EQ(DurationText(microseconds(45678)), "45.6ms");
  EXPECT_EQ(DurationText(seconds(2)), "2s");
  EXPECT_EQ(DurationText(seconds(75) + microseconds(1)), "1m15s");
}

}  // namespace
}  // namespace leaktrap::internal
