// A suite that leaks in each of its 300 tests: by threads whose end nobody can
// foretell.

#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

namespace {

int pipe_ends[2];

// Before all tests, and for good: the end of one that is read must not close.
const bool opened = pipe(pipe_ends) == 0;

void WaitForAByte() {
  char byte;
  while (read(pipe_ends[0], &byte, 1) < 0) {
  }
}

class ManyLeaksTest : public testing::TestWithParam<int> {};

TEST_P(ManyLeaksTest, Thread) {
  ASSERT_TRUE(opened);
  std::thread(WaitForAByte).detach();
}

INSTANTIATE_TEST_SUITE_P(All, ManyLeaksTest, testing::Range(0, 300));

}  // namespace
