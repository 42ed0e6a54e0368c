// Makers of every sort, told from one another by --gtest_repeat. Each calls
// open(2) itself: a maker is known by its function.

#include <fcntl.h>
#include <unistd.h>

#include "children/parking.h"
#include "children/worker.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace app {

// A logger as there are many: its thread and its file are made when it is used
// first, and live as long as the program.
__attribute__((noinline)) void StartLogger() {
  leaktrap::children::LeakThread();
  asm("");
}
__attribute__((noinline)) int OpenLog() {
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  asm("");
  return fd;
}
void Log() {
  static const int log = (StartLogger(), OpenLog());
  ASSERT_GE(log, 0);
}

}  // namespace app

namespace {

int round_of_run = 0;

// Ahead of the others, and part of every run.
TEST(ARound, Begins) { ++round_of_run; }

// Whichever of these comes first is charged.
TEST(FirstUse, OfTheLogger) { app::Log(); }
TEST(FirstUse, OfTheSameLogger) { app::Log(); }

TEST(Growing, InEachRound) { open("/dev/null", O_RDONLY | O_CLOEXEC); }
TEST(Growing, MoreInSomeRounds) {
  for (int i = 0; i <= round_of_run % 2; ++i) {
    open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
}
TEST(Growing, InAScope) {
  VERIFY_NO_LEAKS();
  open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(WorkerGrowing, ByAThread) { leaktrap::children::Worker::Get().Ask(1); }

TEST(NowAndThen, InEachSecondRound) {
  if (round_of_run % 2 == 0) open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(Late, IsClosedInTheNextRound) {
  static int left_open = -1;
  const int before = left_open;
  left_open = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (before >= 0) close(before);
}

TEST(Clean, OpensAndCloses) { close(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

class Suite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(kept, 0);
  }
};
TEST_F(Suite, KeepsWhatItMadeFirst) {}

// They give up before they come to what they leak.
TEST(GivesUp, ByAFailure) {
  if (round_of_run == 2) FAIL() << "in the second round";
  open("/dev/null", O_RDONLY | O_CLOEXEC);
}
TEST(GivesUp, BySkipping) {
  if (round_of_run == 1) GTEST_SKIP() << "in the first round";
  open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace
