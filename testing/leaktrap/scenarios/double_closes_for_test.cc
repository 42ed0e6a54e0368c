// A timer that is closed twice, and whose number is somebody else's by then.

#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

class Timer {
 public:
  Timer() : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {}
  virtual ~Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  int fd() const { return fd_; }

  // From the loop.
  virtual void Remove() = 0;

 protected:
  int fd_;
};

class TimerClosedTwice : public Timer {
 public:
  // Has been closed by Remove() if that was called.
  ~TimerClosedTwice() override {
    close(fd_);  // CLOSE: DoubleClose ClosesAnothers
    fd_ = -1;
  }
  void Remove() override { close(fd_); }
};

class TimerClosedOnce : public Timer {
 public:
  ~TimerClosedOnce() override { Remove(); }
  void Remove() override {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
};

// Nothing is wrong with it.
class Bystander {
 public:
  Bystander() {
    fd_ = open("/dev/null", O_WRONLY | O_CLOEXEC);  // LEAK: DoubleClose
  }
  ~Bystander() {
    close(fd_);  // AGAIN: DoubleClose
    fd_ = -1;
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

template <typename T>
void CloseUnderABystander() {
  auto timer = std::make_unique<T>();
  const int number = timer->fd();
  timer->Remove();
  const Bystander bystander;
  ASSERT_EQ(bystander.fd(), number);
  timer.reset();
}

TEST(Leaking, DoubleClose) { CloseUnderABystander<TimerClosedTwice>(); }
TEST(Fixed, DoubleClose) { CloseUnderABystander<TimerClosedOnce>(); }

// A timer that is removed, and a descriptor of the whole run at its number.
template <typename T>
class Stage : public testing::Environment {
 public:
  void SetUp() override {
    timer_ = std::make_unique<T>();
    const int number = timer_->fd();
    timer_->Remove();
    fd_ = open("/dev/null", O_WRONLY | O_CLOEXEC);  // LEAK: ClosesAnothers
    EXPECT_EQ(fd_, number);
  }
  // The number may be a third one's by now.
  void TearDown() override {
    if (!is_lost_) close(fd_);
  }

  void ForgetTimer() {
    timer_.reset();
    is_lost_ = fcntl(fd_, F_GETFD) == -1;
  }

 private:
  std::unique_ptr<T> timer_;
  int fd_ = -1;
  bool is_lost_ = false;
};

template <typename T>
Stage<T>* AddStage() {
  return static_cast<Stage<T>*>(
      testing::AddGlobalTestEnvironment(new Stage<T>));
}

Stage<TimerClosedTwice>* const closed_twice = AddStage<TimerClosedTwice>();
Stage<TimerClosedOnce>* const closed_once = AddStage<TimerClosedOnce>();

TEST(Leaking, ClosesAnothers) { closed_twice->ForgetTimer(); }
TEST(Fixed, ClosesAnothers) { closed_once->ForgetTimer(); }

}  // namespace
}  // namespace scenarios
