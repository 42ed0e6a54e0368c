// A suite that leaks in each of its 300 tests: by threads whose end nobody can
// foretell.

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <thread>

#include "gtest/gtest.h"

namespace {

int pipe_ends[2];

void WaitForAByte() {
  char byte;
  while (read(pipe_ends[0], &byte, 1) < 0) {
  }
}

class ManyLeaksTest : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(pipe(pipe_ends), 0); }

  // They are leaks of each test, and not of the suite.
  static void TearDownTestSuite() {
    close(pipe_ends[0]);
    close(pipe_ends[1]);
  }
};

TEST_P(ManyLeaksTest, Thread) { std::thread(WaitForAByte).detach(); }

INSTANTIATE_TEST_SUITE_P(All, ManyLeaksTest, testing::Range(0, 300));

}  // namespace
