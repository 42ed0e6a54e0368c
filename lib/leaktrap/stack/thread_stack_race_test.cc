// A thread that goes on while it is asked where it is.

#include <semaphore.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/thread_stack.h"

namespace leaktrap::internal {
namespace {

__attribute__((noinline)) void SleepDeep(int depth, long nanoseconds) {
  volatile char room[48];
  room[0] = static_cast<char>(depth);
  if (depth > 0) {
    SleepDeep(depth - 1, nanoseconds);
  } else {
    const timespec time = {0, nanoseconds};
    nanosleep(&time, nullptr);
  }
  (void)room[0];
  LEAKTRAP_NOT_LAST;
}

// By another way to the same depths, so that the frames differ.
__attribute__((noinline)) void SleepElsewhere(int depth, long nanoseconds) {
  volatile char room[112];
  room[0] = static_cast<char>(depth);
  if (depth > 0) {
    SleepElsewhere(depth - 1, nanoseconds);
  } else {
    const timespec time = {0, nanoseconds};
    nanosleep(&time, nullptr);
  }
  (void)room[0];
  LEAKTRAP_NOT_LAST;
}

struct Sleeper {
  Sleeper() {
    thread = std::thread([this] {
      tid = OwnTidForTest();
      std::mt19937 random(7);
      while (!over) {
        const int now = static_cast<int>(random() % 12);
        const long time = random() % 1'500'000;
        const bool is_elsewhere = random() % 2 != 0;
        depth = is_elsewhere ? -1 - now : now;
        ++rounds;
        if (is_elsewhere) {
          SleepElsewhere(now, time);
        } else {
          SleepDeep(now, time);
        }
        ++rounds;
      }
    });
    while (tid == 0) std::this_thread::yield();
  }
  ~Sleeper() {
    over = true;
    thread.join();
  }

  std::atomic<int> tid{0};
  std::atomic<bool> over{false};
  // Odd while `depth` says where it is: how deep, or minus one minus how deep
  // elsewhere.
  std::atomic<int> rounds{0};
  std::atomic<int> depth{0};
  std::thread thread;
};

TEST(ThreadStackRaceTest, StacksAreNeverMixed) {
  const char* const text = getenv("LEAKTRAP_STACK_ROUNDS");
  const int asked = text != nullptr ? std::atoi(text) : 1000;
  const Sleeper sleeper;
  int answers = 0, compared = 0, incomplete = 0, mixed = 0;
  for (int i = 0; i < asked; ++i) {
    const int rounds = sleeper.rounds;
    const int depth = sleeper.depth;
    const ThreadStack stack =
        StackOfThread(sleeper.tid, ReadFileForTest, /*most_looks=*/1);
    if (!stack.why_not.empty()) {
      EXPECT_EQ(stack.why_not, "running");
      continue;
    }
    ++answers;
    incomplete += stack.is_complete ? 0 : 1;
    const int deep = FramesIn(stack, AddressOf(SleepDeep));
    const int elsewhere = FramesIn(stack, AddressOf(SleepElsewhere));
    if (deep > 0 && elsewhere > 0) ++mixed;
    if (rounds % 2 == 0 || sleeper.rounds != rounds) continue;
    ++compared;
    if (deep != (depth >= 0 ? depth + 1 : 0) ||
        elsewhere != (depth < 0 ? -depth : 0)) {
      ++mixed;
    }
  }
  std::cout << asked << " asked, " << answers << " answers, " << compared
            << " compared, " << incomplete << " incomplete, " << mixed
            << " mixed\n";
  EXPECT_GT(compared, 0);
  EXPECT_EQ(incomplete, 0);
  EXPECT_EQ(mixed, 0);
}

// A thread that waits again and again, in the same place.
struct Stepper {
  Stepper() {
    sem_init(&step, 0, 0);
    thread = std::thread([this] {
      tid = OwnTidForTest();
      while (!over) {
        while (sem_wait(&step) != 0) {
        }
        ++steps;
      }
    });
    while (tid == 0) std::this_thread::yield();
  }
  ~Stepper() {
    over = true;
    sem_post(&step);
    thread.join();
  }

  // Lets it run, up to where it waits again.
  void Step() {
    const int before = steps;
    sem_post(&step);
    while (steps == before || StackOnceBlocked(tid).syscall != "futex") {
      std::this_thread::yield();
    }
  }

  sem_t step;
  std::atomic<int> tid{0}, steps{0};
  std::atomic<bool> over{false};
  std::thread thread;
};

// Also if all that is said of its place is as before.
TEST(ThreadStackRaceTest, OneThatRanMeanwhileCountsAsRunning) {
  Stepper stepper;
  stepper.Step();
  EXPECT_EQ(StackOfThread(stepper.tid, ReadFileForTest).why_not, "");
  int looks = 0;
  const auto step_meanwhile = [&](const char* path, std::string* text) {
    const bool read = ReadFileForTest(path, text);
    if (strstr(path, "schedstat") != nullptr && looks++ % 2 == 0) {
      stepper.Step();
    }
    return read;
  };
  const ThreadStack stack = StackOfThread(stepper.tid, step_meanwhile, 4);
  EXPECT_EQ(stack.why_not, "running");
  EXPECT_TRUE(stack.addresses.empty());
  EXPECT_EQ(looks, 8);
}

// It is looked at again, and then it stands still.
TEST(ThreadStackRaceTest, OneThatRanOnceIsSeenAtTheSecondLook) {
  Stepper stepper;
  stepper.Step();
  int looks = 0;
  const auto step_once = [&](const char* path, std::string* text) {
    const bool read = ReadFileForTest(path, text);
    if (strstr(path, "schedstat") != nullptr && looks++ == 0) stepper.Step();
    return read;
  };
  const ThreadStack stack = StackOfThread(stepper.tid, step_once, 4);
  EXPECT_EQ(stack.why_not, "");
  EXPECT_TRUE(stack.is_complete);
  EXPECT_EQ(looks, 4);
}

}  // namespace
}  // namespace leaktrap::internal
