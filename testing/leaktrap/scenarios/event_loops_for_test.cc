// What event loops are made of, and nobody closes.

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

// Wakes a loop from another thread. Needs a destructor and has none.
class Waker {
 public:
  Waker() : fd_(eventfd(0, EFD_CLOEXEC)) {}  // LEAK: EventfdKept
  void Wake() const {
    const uint64_t one = 1;
    EXPECT_EQ(write(fd_, &one, sizeof(one)), sizeof(one));
  }

 protected:
  const int fd_;
};

class ClosedWaker : public Waker {
 public:
  ~ClosedWaker() { close(fd_); }
};

TEST(Leaking, EventfdKept) { Waker().Wake(); }
TEST(Fixed, EventfdKept) { ClosedWaker().Wake(); }

// Needs a destructor and has none.
class Timer {
 public:
  Timer()
      : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {}  // LEAK: TimerKept
  void Arm() const {
    const itimerspec in_an_hour = {{}, {3600, 0}};
    EXPECT_EQ(timerfd_settime(fd_, 0, &in_an_hour, nullptr), 0);
  }

 protected:
  const int fd_;
};

class ClosedTimer : public Timer {
 public:
  ~ClosedTimer() { close(fd_); }
};

TEST(Leaking, TimerKept) { Timer().Arm(); }
TEST(Fixed, TimerKept) { ClosedTimer().Arm(); }

// Is initialised by its constructor, and by each class derived from it again.
class Loop {
 public:
  Loop() { Init(); }
  ~Loop() { close(fd_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Init() {
    fd_ = epoll_create1(EPOLL_CLOEXEC);  // LEAK: EpollTwice
  }

 protected:
  int fd_ = -1;
};

class Endpoint : public Loop {
 public:
  Endpoint() { Init(); }
};

class FixedEndpoint : public Loop {
 public:
  FixedEndpoint() { Init(); }
  void Init() {
    if (fd_ < 0) Loop::Init();
  }
};

TEST(Leaking, EpollTwice) { Endpoint(); }
TEST(Fixed, EpollTwice) { FixedEndpoint(); }

// Takes its watch out when it goes, and keeps what that stood in.
class FolderWatcher {
 public:
  explicit FolderWatcher(const char* path) {
    fd_ = inotify_init1(IN_CLOEXEC);  // LEAK: WatcherKept
    watch_ = inotify_add_watch(fd_, path, IN_CREATE);
  }
  ~FolderWatcher() { RemoveWatch(); }
  FolderWatcher(const FolderWatcher&) = delete;
  FolderWatcher& operator=(const FolderWatcher&) = delete;

 protected:
  void RemoveWatch() {
    if (watch_ >= 0) inotify_rm_watch(fd_, std::exchange(watch_, -1));
  }

  int fd_;

 private:
  int watch_;
};

class ClosedFolderWatcher : public FolderWatcher {
 public:
  using FolderWatcher::FolderWatcher;
  ~ClosedFolderWatcher() {
    RemoveWatch();
    close(fd_);
  }
};

TEST(Leaking, WatcherKept) { const FolderWatcher watcher("/"); }
TEST(Fixed, WatcherKept) { const ClosedFolderWatcher watcher("/"); }

}  // namespace
}  // namespace scenarios
