#include "leaktrap/stack/random_frames_for_test.h"

#include <alloca.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"

namespace leaktrap::internal {

#define NOINLINE __attribute__((noinline))
#define NOT_LAST LEAKTRAP_NOT_LAST

RandomFrames* shared = nullptr;

unsigned Random(unsigned below) { return shared->random() % below; }

namespace {

NOINLINE void Record(std::vector<uintptr_t>* addresses) {
  addresses->clear();
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* data) {
        if (const uintptr_t address = _Unwind_GetIP(context)) {
          static_cast<std::vector<uintptr_t>*>(data)->push_back(address);
        }
        return _URC_NO_REASON;
      },
      addresses);
  NOT_LAST;
}

NOINLINE void TakeByte() {
  char byte;
  while (read(shared->ends[0], &byte, 1) != 1) {
  }
}

// Part of its callers, so that each of them waits in a frame of its own kind.
__attribute__((always_inline)) inline void WaitAsTold() {
  Record(&shared->recorded);
  shared->has_recorded = true;
  switch (shared->way) {
    case kSemaphore:
      while (sem_wait(&shared->semaphore) != 0) {
      }
      break;
    case kPoll: {
      pollfd ready{shared->ends[0], POLLIN, 0};
      poll(&ready, 1, -1);
      TakeByte();
      break;
    }
    case kRead:
      TakeByte();
      break;
    case kCondition: {
      std::unique_lock<std::mutex> lock(shared->mutex);
      shared->condition.wait_for(lock, std::chrono::hours(1),
                                 [] { return shared->may_go_on; });
      shared->may_go_on = false;
      break;
    }
    case kSevenArguments:
      while (shared->word == 0) {
        syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
      }
      shared->word = 0;
      break;
    default: {
      epoll_event event;
      epoll_wait(shared->epoll, &event, 1, -1);
      TakeByte();
      break;
    }
  }
  NOT_LAST;
}

NOINLINE void Wait() { WaitAsTold(); }

struct alignas(64) Aligned {
  volatile char room[64];
};

NOINLINE void WaitRealigned() {
  Aligned room;
  room.room[0] = 1;
  shared->is_room_aligned = true;
  WaitAsTold();
  (void)room.room[0];
}

NOINLINE void WaitAfterAlloca() {
  const unsigned size = 1 + Random(500);
  shared->is_room_computed = true;
  char* const room = static_cast<char*>(alloca(size));
  room[0] = 1;
  asm volatile("" ::"r"(room) : "memory");
  WaitAsTold();
  asm volatile("" ::"r"(room) : "memory");
}

// Where it is optimized, a jump in place of a call.
NOINLINE void WaitByTailCall() { Wait(); }

void (*volatile waits[])() = {Wait, WaitRealigned, WaitAfterAlloca};

NOINLINE void WaitSomehow() {
  switch (Random(5)) {
    case 0:
      Wait();
      break;
    case 1:
      WaitRealigned();
      break;
    case 2:
      WaitAfterAlloca();
      break;
    case 3:
      WaitByTailCall();
      break;
    default:
      waits[Random(3)]();
      break;
  }
  NOT_LAST;
}

struct Virtual {
  virtual ~Virtual() = default;
  virtual void GoOn(int depth) = 0;
};

struct WithArray : Virtual {
  NOINLINE void GoOn(int depth) override {
    volatile char room[56];
    room[3] = static_cast<char>(depth);
    GoDown(depth);
    (void)room[3];
  }
};

struct WithAlloca : Virtual {
  NOINLINE void GoOn(int depth) override {
    char* const room = static_cast<char*>(alloca(16 + depth * 8));
    room[0] = 1;
    asm volatile("" ::"r"(room) : "memory");
    GoDown(depth);
    asm volatile("" ::"r"(room) : "memory");
  }
};

NOINLINE void Realigned(int depth) {
  Aligned room;
  room.room[0] = static_cast<char>(depth);
  GoDown(depth);
  (void)room.room[0];
}

NOINLINE void Direct(int depth) {
  volatile int room[9];
  room[0] = depth;
  GoDown(depth);
  (void)room[0];
}

// Where it is optimized, a jump in place of a call.
NOINLINE void TailCall(int depth) { GoDown(depth); }

void (*volatile indirect)(int) = Direct;

}  // namespace

NOINLINE void GoDown(int depth) {
  static WithArray with_array;
  static WithAlloca with_alloca;
  static Virtual* const objects[] = {&with_array, &with_alloca};
  if (depth <= 0) {
    WaitSomehow();
    NOT_LAST;
    return;
  }
  switch (Random(7)) {
    case 0:
      Direct(depth - 1);
      break;
    case 1:
    case 2:
      objects[Random(2)]->GoOn(depth - 1);
      break;
    case 3:
      indirect(depth - 1);
      break;
    case 4:
      Realigned(depth - 1);
      break;
    case 5:
      TailCall(depth - 1);
      break;
    default: {
      const std::function<void()> go_on = [depth] {
        GoDown(depth - 1);
        NOT_LAST;
      };
      go_on();
    }
  }
  NOT_LAST;
}

NOINLINE void LeaveTraces(int depth) {
  volatile char room[40];
  room[0] = static_cast<char>(depth);
  if (depth > 0) {
    LeaveTraces(depth - 1);
  } else {
    std::vector<uintptr_t> trace;
    Record(&trace);
    volatile uintptr_t copy[64];
    for (size_t i = 0; i < 64; ++i) copy[i] = trace[i % trace.size()];
    (void)copy[0];
  }
  (void)room[0];
}

void WakeUp() {
  if (shared->way == kSemaphore) {
    sem_post(&shared->semaphore);
  } else if (shared->way == kSevenArguments) {
    shared->word = 1;
    syscall(SYS_futex, &shared->word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  } else if (shared->way == kCondition) {
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->may_go_on = true;
    shared->condition.notify_all();
  } else {
    ASSERT_EQ(write(shared->ends[1], "x", 1), 1);
  }
}

}  // namespace leaktrap::internal
