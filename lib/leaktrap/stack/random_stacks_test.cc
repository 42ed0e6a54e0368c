// The stacks of waiting threads beside what these threads recorded of
// themselves just before they waited.
//
// LEAKTRAP_STACK_ROUNDS=5000 in the environment compares more of them,
// LEAKTRAP_STACK_SEED=1 others.

#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/random_frames_for_test.h"
#include "leaktrap/stack/thread_stack.h"

namespace leaktrap::internal {
namespace {

// A number from the environment.
int Setting(const char* name, int otherwise) {
  const char* const text = getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

class RandomStacksTest : public testing::Test {
 protected:
  RandomStacksTest() {
    shared = &shared_;
    shared_.random.seed(Setting("LEAKTRAP_STACK_SEED", 20240229));
    sem_init(&shared_.semaphore, 0, 0);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, shared_.ends),
              0);
    shared_.epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{EPOLLIN, {}};
    epoll_ctl(shared_.epoll, EPOLL_CTL_ADD, shared_.ends[0], &event);
    sem_init(&start_, 0, 0);
    thread_ = std::thread([this] {
      tid_ = OwnTidForTest();
      while (sem_wait(&start_) == 0 && !over_) {
        LeaveTraces(Random(20));
        GoDown(Random(14));
        sem_post(&done_);
      }
    });
    sem_init(&done_, 0, 0);
    while (tid_ == 0) std::this_thread::yield();
  }
  ~RandomStacksTest() override {
    over_ = true;
    sem_post(&start_);
    thread_.join();
    close(shared_.ends[0]);
    close(shared_.ends[1]);
    close(shared_.epoll);
  }

  // The stack of the thread when it has come to wait.
  ThreadStack Round(Way way) {
    shared_.way = way;
    shared_.has_recorded = false;
    shared_.is_room_computed = shared_.is_room_aligned = false;
    sem_post(&start_);
    while (!shared_.has_recorded) std::this_thread::yield();
    const ThreadStack stack = StackOnceBlocked(tid_);
    WakeUp();
    while (sem_wait(&done_) != 0) {
    }
    return stack;
  }

  // Whether the callers of the waiting function are those that it recorded.
  // What it calls to wait was not yet there to be recorded.
  bool IsRight(const ThreadStack& stack) const {
    const std::vector<uintptr_t>& recorded = shared_.recorded;
    // Record() and the place where it was called.
    constexpr size_t kOwn = 2;
    constexpr size_t kDeepestWait = 12;
    if (!stack.is_complete || recorded.size() <= kOwn) return false;
    const size_t callers = recorded.size() - kOwn;
    const size_t size = stack.addresses.size();
    return size > callers + 1 && size <= callers + 1 + kDeepestWait &&
           std::equal(recorded.begin() + kOwn, recorded.end(),
                      stack.addresses.end() - callers) &&
           FunctionOf(stack.addresses[size - callers - 1]) ==
               FunctionOf(recorded[1]);
  }

  bool EndsInTheWait(const ThreadStack& stack) const {
    return stack.exact == stack.addresses.size() && stack.exact > 0 &&
           FunctionOf(stack.addresses.back()) ==
               FunctionOf(shared_.recorded[1]);
  }

  RandomFrames shared_;
  std::atomic<int> tid_{0};
  std::atomic<bool> over_{false};
  sem_t start_, done_;
  std::thread thread_;
};

TEST_F(RandomStacksTest, AreAsRecorded) {
  const int rounds = Setting("LEAKTRAP_STACK_ROUNDS", 500);
  int wrong = 0, guessed = 0, given_up = 0, unclear = 0, incomplete = 0;
  for (int round = 0; round < rounds; ++round) {
    const ThreadStack stack = Round(static_cast<Way>(round % kWaits));
    guessed += stack.exact < stack.addresses.size() ? 1 : 0;
    if (stack.is_complete) {
      wrong += IsRight(stack) ? 0 : 1;
      continue;
    }
    // What is known is right, and nothing is guessed.
    wrong += EndsInTheWait(stack) ? 0 : 1;
    if (shared_.is_room_computed) {
      ++given_up;
    } else if (shared_.is_room_aligned) {
      ++unclear;
    } else {
      ++incomplete;
    }
  }
  std::cout << rounds << " stacks, " << guessed << " guessed, " << given_up
            << " given up, " << unclear << " unclear, " << incomplete
            << " incomplete, " << wrong << " wrong\n";
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(incomplete, 0);
  // A left-over frame in the gap that aligning leaves.
  EXPECT_LE(unclear, rounds / 50);
}

}  // namespace
}  // namespace leaktrap::internal
