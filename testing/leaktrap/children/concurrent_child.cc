// Threads of a suite that make and release while its tests are judged.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "children/parking.h"
#include "children/worker.h"
#include "gtest/gtest.h"

namespace {

using leaktrap::children::LeakThread;
using leaktrap::children::Worker;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

using Undo = std::function<void()>;

// Makes and releases over and over, from before the first test to after the
// last.
class Churner {
 public:
  explicit Churner(Undo (*make)())
      : thread_([this, make] {
          while (!stops_) {
            const Undo release = make();
            ++made_;
            usleep(500);
            release();
            usleep(500);
          }
        }) {}
  ~Churner() {
    stops_ = true;
    thread_.join();
  }
  // When a test ends now, there is one that was not there when it began.
  void AwaitAnother() const {
    const int before = made_;
    while (made_ == before) usleep(20);
  }

 private:
  std::atomic<bool> stops_{false};
  std::atomic<int> made_{0};
  std::thread thread_;
};

template <Undo (*kMake)()>
class Beside : public testing::Test {
 protected:
  static void SetUpTestSuite() { churner_ = new Churner(kMake); }
  static void TearDownTestSuite() { delete churner_; }
  ~Beside() override { churner_->AwaitAnother(); }
  static inline Churner* churner_;
};

Undo Open() {
  return [descriptor = OpenNull()] { close(descriptor); };
}

using BesideOpening = Beside<Open>;

TEST_F(BesideOpening, Clean) { close(OpenNull()); }
TEST_F(BesideOpening, Leaks) { ASSERT_GE(OpenNull(), 0); }

Undo Start() {
  auto thread = std::make_shared<std::thread>([] { usleep(500); });
  return [thread] { thread->join(); };
}

using BesideStarting = Beside<Start>;

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
