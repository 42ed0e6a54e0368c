// A stack of random frames, below which a thread waits.

#ifndef LEAKTRAP_STACK_RANDOM_FRAMES_FOR_TEST_H_
#define LEAKTRAP_STACK_RANDOM_FRAMES_FOR_TEST_H_

#include <semaphore.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <vector>

namespace leaktrap::internal {

enum Way {
  kSemaphore,
  kPoll,
  kRead,
  kCondition,
  kEpoll,
  kSevenArguments,
  kWaits
};

// What the thread waits for, and what it recorded.
struct RandomFrames {
  sem_t semaphore;
  std::mutex mutex;
  std::condition_variable condition;
  bool may_go_on = false;
  std::atomic<int> word{0};
  int ends[2];
  int epoll;

  std::mt19937 random;
  Way way = kSemaphore;
  // Whether it waits in a frame whose size the program computed, or aligned.
  bool is_room_computed = false;
  bool is_room_aligned = false;
  std::vector<uintptr_t> recorded;
  std::atomic<bool> has_recorded{false};
};

// Of the one thread that goes down, and the one that wakes it; set before.
extern RandomFrames* shared;

// At least 0, less than `below`.
unsigned Random(unsigned below);

// Goes down at least `depth` calls of many kinds, in `shared->way` waits there,
// having recorded where, and comes back.
void GoDown(int depth);

// Leaves frames, and a list of return addresses down to the root, where the
// next stack comes to lie.
void LeaveTraces(int depth);

// Ends the wait.
void WakeUp();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_RANDOM_FRAMES_FOR_TEST_H_
