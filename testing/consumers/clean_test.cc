// Leaves nothing behind, and passes.

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

TEST(Clean, GivesBackWhatItTook) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::thread([&ends] { EXPECT_EQ(write(ends[1], "x", 1), 1); }).join();
  EXPECT_EQ(close(ends[0]), 0);
  EXPECT_EQ(close(ends[1]), 0);
}
