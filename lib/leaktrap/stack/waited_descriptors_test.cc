#include "leaktrap/stack/waited_descriptors.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two eventfds, and a thread that waits for the second.
class WaitedDescriptorsTest : public testing::Test {
 protected:
  ~WaitedDescriptorsTest() override {
    close(other_);
    close(wakeup_);
  }

  // What it is said to wait on, once it waits.
  std::vector<int> WhileIn(const std::function<void()>& wait) {
    std::atomic<int> tid = 0;
    std::thread thread([&] {
      tid = OwnTidForTest();
      wait();
    });
    while (tid == 0) std::this_thread::yield();
    StackOnceBlocked(tid);
    std::vector<int> waited = WaitedDescriptors(tid, ReadFileForTest);
    const uint64_t one = 1;
    EXPECT_EQ(write(wakeup_, &one, sizeof(one)), ssize_t{sizeof(one)});
    thread.join();
    return waited;
  }

  void Poll(std::vector<pollfd> list) {
    while (poll(list.data(), list.size(), -1) < 0) continue;
  }

  const int other_ = eventfd(0, EFD_CLOEXEC);
  const int wakeup_ = eventfd(0, EFD_CLOEXEC);
};

TEST_F(WaitedDescriptorsTest, Read) {
  EXPECT_THAT(WhileIn([this] {
                uint64_t count;
                while (read(wakeup_, &count, sizeof(count)) < 0) continue;
              }),
              ElementsAre(wakeup_));
}

TEST_F(WaitedDescriptorsTest, PollTellsAllButTheNegative) {
  EXPECT_THAT(
      WhileIn([this] {
        Poll({{other_, POLLIN, 0}, {-1, POLLIN, 0}, {wakeup_, POLLIN, 0}});
      }),
      ElementsAre(other_, wakeup_));
}

TEST_F(WaitedDescriptorsTest, PollOfNothing) {
  std::atomic<bool> is_over = false;
  std::atomic<int> tid = 0;
  std::thread thread([&] {
    tid = OwnTidForTest();
    while (!is_over) poll(nullptr, 0, 1);
  });
  while (tid == 0) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(WaitedDescriptors(tid, ReadFileForTest), IsEmpty());
  }
  is_over = true;
  thread.join();
}

TEST_F(WaitedDescriptorsTest, EpollTellsItsSet) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(set, EPOLL_CTL_ADD, wakeup_, &event), 0);
  EXPECT_THAT(WhileIn([set] {
                epoll_event event;
                while (epoll_wait(set, &event, 1, -1) < 0) continue;
              }),
              ElementsAre(set));
  close(set);
}

TEST_F(WaitedDescriptorsTest, NoneWhereItWaitsElsewhereOrHasEnded) {
  int ended = 0;
  std::thread([&ended] { ended = OwnTidForTest(); }).join();
  EXPECT_THAT(WaitedDescriptors(ended, ReadFileForTest), IsEmpty());
  std::mutex mutex;
  mutex.lock();
  std::atomic<int> tid = 0;
  std::thread thread([&] {
    tid = OwnTidForTest();
    const std::lock_guard<std::mutex> lock(mutex);
  });
  while (tid == 0) std::this_thread::yield();
  StackOnceBlocked(tid);
  EXPECT_THAT(WaitedDescriptors(tid, ReadFileForTest), IsEmpty());
  mutex.unlock();
  thread.join();
}

}  // namespace
}  // namespace leaktrap::internal
