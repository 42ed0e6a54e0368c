// Tests that fail or are skipped, and leak.

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "children/worker.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int Open() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// Its end cannot be foretold: it is waited for in full.
void LeakThread() {
  std::thread([] { pause(); }).detach();
}

// There before the suite: who closes it is told of.
const int of_main = Open();

TEST(Policy, Fails) {
  LeakThread();
  close(of_main);
  ADD_FAILURE() << "the test's own failure";
}

TEST(Policy, FailsAndAScopeEnds) {
  ADD_FAILURE() << "the test's own failure";
  VERIFY_NO_LEAKS();
  Open();
}

TEST(Policy, IsSkipped) {
  LeakThread();
  GTEST_SKIP() << "not today";
}

TEST(Policy, Passes) {}

TEST(Policy, Leaks) { Open(); }

void Ask(int times) { leaktrap::children::Worker::Get().Ask(times); }

TEST(StartsWorker, AndIsSkipped) {
  Ask(1);
  GTEST_SKIP() << "not today";
}
TEST(StartsWorker, AndFails) {
  Ask(1);
  ADD_FAILURE() << "the test's own failure";
}
TEST(UsesWorker, AndPasses) { Ask(2); }

}  // namespace
