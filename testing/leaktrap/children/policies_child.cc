// Tests that fail or are skipped, and leak.

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int Open() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// Its end cannot be foretold: it is waited for in full.
void LeakThread() {
  std::thread([] { pause(); }).detach();
}

class Policy : public testing::Test {
 protected:
  static void SetUpTestSuite() { of_suite_ = Open(); }

  inline static int of_suite_ = -1;
};

TEST_F(Policy, Fails) {
  LeakThread();
  close(of_suite_);
  ADD_FAILURE() << "the test's own failure";
}

TEST_F(Policy, FailsAndAScopeEnds) {
  ADD_FAILURE() << "the test's own failure";
  VERIFY_NO_LEAKS();
  Open();
}

TEST_F(Policy, IsSkipped) {
  LeakThread();
  GTEST_SKIP() << "not today";
}

TEST_F(Policy, Passes) {}

TEST_F(Policy, Leaks) { Open(); }

}  // namespace
