// A program whose arguments are none of GoogleTest's, and whose main has a
// child that comes to its end by exit().

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "gtest/gtest.h"

TEST(Clean, Empty) {}

int main() {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) std::exit(0);
  waitpid(child, nullptr, 0);
  testing::InitGoogleTest();
  return RUN_ALL_TESTS();
}
