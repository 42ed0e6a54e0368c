#include "leaktrap/stack/capture.h"

#include <signal.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

// Built without optimisation and with all of it, without frame pointers.

#if defined(__SANITIZE_THREAD__)
#define LEAKTRAP_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEAKTRAP_UNDER_TSAN 1
#endif
#endif

namespace leaktrap::internal {
namespace {

using testing::Contains;
using testing::Not;

using Stack = std::vector<uintptr_t>;

constexpr int kMax = 64;

// Keeps a call in front of it from being the function's last, which leaves no
// frame.
#define NOT_A_TAIL_CALL() asm volatile("" ::: "memory")

#define RETURN_ADDRESS() \
  reinterpret_cast<uintptr_t>(__builtin_return_address(0))

// `first` as CaptureStack() takes it.
__attribute__((noinline)) Stack Capture(const void* first, int max = kMax) {
  Stack stack(max);
  stack.resize(CaptureStack(first, stack.data(), max));
  NOT_A_TAIL_CALL();
  return stack;
}

TEST(Capture, BeginsWithTheCallerForNull) {
  uintptr_t stack[kMax];
  struct Here {
    __attribute__((noinline)) static int Capture(uintptr_t* stack,
                                                 uintptr_t* caller) {
      *caller = RETURN_ADDRESS();
      const int count = CaptureStack(nullptr, stack, kMax);
      NOT_A_TAIL_CALL();
      return count;
    }
  };
  uintptr_t caller = 0;
  const int count = Here::Capture(stack, &caller);
  ASSERT_GT(count, 2);
  EXPECT_EQ(stack[1], caller);
}

__attribute__((noinline)) Stack Wrapper(uintptr_t* caller) {
  *caller = RETURN_ADDRESS();
  Stack stack = Capture(__builtin_return_address(0));
  NOT_A_TAIL_CALL();
  return stack;
}

__attribute__((noinline)) Stack User(uintptr_t* in_user, uintptr_t* caller) {
  *caller = RETURN_ADDRESS();
  Stack stack = Wrapper(in_user);
  NOT_A_TAIL_CALL();
  return stack;
}

TEST(Capture, BeginsWithTheGivenOne) {
  uintptr_t in_user = 0;
  uintptr_t caller = 0;
  const Stack stack = User(&in_user, &caller);
  ASSERT_GT(stack.size(), 2u);
  EXPECT_EQ(stack[0], in_user);
  EXPECT_EQ(stack[1], caller);
  EXPECT_THAT(stack, Not(Contains(0u)));
}

TEST(Capture, IsAllThereIsWithoutTheGivenOne) {
  const int elsewhere = 0;
  const Stack without = Capture(&elsewhere);
  const Stack with = Capture(nullptr);
  EXPECT_GE(without.size(), with.size());
  EXPECT_EQ(without.back(), with.back());
  EXPECT_EQ(Capture(&elsewhere, 3).size(), 3u);
}

TEST(Capture, WritesAtMostAsManyAsAreWanted) {
  uintptr_t stack[4];
  for (int max = 0; max <= 3; ++max) {
    std::fill(std::begin(stack), std::end(stack), 4711);
    EXPECT_EQ(CaptureStack(nullptr, stack, max), max);
    EXPECT_EQ(stack[max], 4711u);
  }
}

__attribute__((noinline)) Stack Recurse(int depth, std::vector<uintptr_t>* own,
                                        const void* first, int first_at) {
  own->push_back(RETURN_ADDRESS());
  if (depth == first_at) first = __builtin_return_address(0);
  Stack stack =
      depth == 0 ? Capture(first) : Recurse(depth - 1, own, first, first_at);
  NOT_A_TAIL_CALL();
  return stack;
}

TEST(Capture, IsRightInDeepRecursion) {
  std::vector<uintptr_t> own;
  const Stack stack = Recurse(1000, &own, nullptr, -1);
  ASSERT_EQ(stack.size(), kMax);
  for (int i = 0; i + 2 < kMax; ++i) {
    EXPECT_EQ(stack[i + 2], own[own.size() - 1 - i]) << i;
  }
}

// A wrapper may stand behind a number of frames of its own, not any number.
TEST(Capture, FindsTheGivenOneWhereWrappersAre) {
  std::vector<uintptr_t> own;
  Stack stack = Recurse(8, &own, nullptr, 8);
  EXPECT_EQ(stack[0], own[0]);
  own.clear();
  stack = Recurse(20, &own, nullptr, 20);
  EXPECT_THAT(stack, Contains(own[0])) << "farther than any wrapper";
  EXPECT_NE(stack[0], own[0]);
}

// Each of these leaves the stack that was captured somewhere below it.
Stack captured;

__attribute__((noinline)) uintptr_t CaptureInStdSort() {
  std::vector<int> numbers = {3, 1, 2};
  std::sort(numbers.begin(), numbers.end(), [](int a, int b) {
    captured = Capture(nullptr);
    return a < b;
  });
  NOT_A_TAIL_CALL();
  return RETURN_ADDRESS();
}

__attribute__((noinline)) uintptr_t CaptureInQsort() {
  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof(int), [](const void* a, const void* b) {
    captured = Capture(nullptr);
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
  });
  NOT_A_TAIL_CALL();
  return RETURN_ADDRESS();
}

TEST(Capture, ReachesThroughOtherLibraries) {
  captured.clear();
  const uintptr_t sort = CaptureInStdSort();
  EXPECT_THAT(captured, Contains(sort));
  captured.clear();
  const uintptr_t qsort = CaptureInQsort();
  EXPECT_THAT(captured, Contains(qsort));
}

uintptr_t in_handler[kMax];
std::atomic<int> in_handler_count{0};

void HandleSignal(int) {
  if (in_handler_count != 0) return;
  in_handler_count = CaptureStack(nullptr, in_handler, kMax);
}

// Handles `signal` for a scope.
class Handling {
 public:
  explicit Handling(int signal) : signal_(signal) {
    in_handler_count = 0;
    struct sigaction action = {};
    action.sa_handler = HandleSignal;
    sigaction(signal, &action, &before_);
  }
  ~Handling() { sigaction(signal_, &before_, nullptr); }

 private:
  const int signal_;
  struct sigaction before_;
};

Stack InHandler() { return Stack(in_handler, in_handler + in_handler_count); }

__attribute__((noinline)) uintptr_t RaiseSignal() {
  raise(SIGUSR1);
  NOT_A_TAIL_CALL();
  return RETURN_ADDRESS();
}

TEST(Capture, ReachesFromASignalHandlerToTheInterrupted) {
  Handling handling(SIGUSR1);
  const uintptr_t caller = RaiseSignal();
  EXPECT_THAT(InHandler(), Contains(caller));
}

__attribute__((noinline)) uintptr_t ComputeUntilSignal(int microseconds) {
  itimerval soon = {};
  soon.it_value.tv_usec = microseconds;
  setitimer(ITIMER_REAL, &soon, nullptr);
  volatile uint64_t value = 1;
  while (in_handler_count == 0) value = value * 3 + 1;
  return RETURN_ADDRESS();
}

// At no call at all.
TEST(Capture, ReachesFromASignalHandlerToAnyInstruction) {
#ifdef LEAKTRAP_UNDER_TSAN
  GTEST_SKIP() << "ThreadSanitizer delivers signals at calls only";
#endif
  for (int i = 0; i < 50; ++i) {
    Handling handling(SIGALRM);
    const uintptr_t caller = ComputeUntilSignal(100 + i);
    ASSERT_THAT(InHandler(), Contains(caller)) << i;
  }
}

TEST(Capture, EndsWithTheThread) {
  Stack stack;
  uintptr_t caller = 0;
  uintptr_t in_user = 0;
  std::thread([&] { stack = User(&in_user, &caller); }).join();
  ASSERT_LT(stack.size(), kMax);
  EXPECT_EQ(stack[0], in_user);
  EXPECT_EQ(stack[1], caller);
  EXPECT_NE(stack.back(), 0u);
}

TEST(Capture, KeepsErrno) {
  errno = ENOTTY;
  uintptr_t stack[kMax];
  CaptureStack(nullptr, stack, kMax);
  EXPECT_EQ(errno, ENOTTY);
}

}  // namespace
}  // namespace leaktrap::internal
