// Threads of a suite that make and release while its tests are judged.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "children/parking.h"
#include "children/worker.h"
#include "gtest/gtest.h"

namespace {

using leaktrap::children::LeakThread;
using leaktrap::children::Worker;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// Runs `round` over and over, from before the first test to after the last.
class Churner {
 public:
  explicit Churner(void (*round)())
      : thread_([this, round] {
          while (!stops_) {
            round();
            has_run_ = true;
          }
        }) {
    while (!has_run_) usleep(100);
  }
  ~Churner() {
    stops_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stops_{false}, has_run_{false};
  std::thread thread_;
};

template <void (*kRound)()>
class Beside : public testing::Test {
 protected:
  static void SetUpTestSuite() { churner_ = new Churner(kRound); }
  static void TearDownTestSuite() { delete churner_; }
  static inline Churner* churner_;
};

void OpenAndClose() {
  const int descriptor = OpenNull();
  usleep(500);
  close(descriptor);
  usleep(500);
}

using BesideOpening = Beside<OpenAndClose>;

TEST_F(BesideOpening, Clean) { close(OpenNull()); }
TEST_F(BesideOpening, Leaks) { ASSERT_GE(OpenNull(), 0); }

void StartAndJoin() {
  std::thread([] { usleep(500); }).join();
  usleep(500);
}

using BesideStarting = Beside<StartAndJoin>;

TEST_F(BesideStarting, Clean) {
  std::thread([] {}).join();
}
TEST_F(BesideStarting, Leaks) { LeakThread(); }

// A thread of the suite's that opens what it is asked for.
class Asked : public testing::Test {
 protected:
  static void SetUpTestSuite() { Worker::Get(); }
};

TEST_F(Asked, ForNothing) {}
TEST_F(Asked, ForADescriptor) { Worker::Get().Ask(1); }
TEST_F(Asked, ForNothingAgain) {}

}  // namespace
