#include "leaktrap/origin/light_atomic.h"

#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

std::atomic<uint64_t> word{0};
std::atomic<uint64_t> added_by_handler{0};

TEST(LightAtomicTest, AddsAndTakes) {
  std::atomic<uint64_t> number{5};
  EXPECT_EQ(AddLightly(&number, 3), 5);
  EXPECT_EQ(number.load(), 8);
  EXPECT_EQ(TakeLightly(&number), 8);
  EXPECT_EQ(number.load(), 0);
  EXPECT_EQ(TakeLightly(&number), 0);
}

void AddInHandler(int) {
  AddLightly(&word, 1);
  added_by_handler.fetch_add(1);
}

// Before the test with threads: once there were any, the C library may say so
// for ever.
TEST(LightAtomicTest, ASignalHandlerLosesNothing) {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
  ASSERT_TRUE(HasOneThread());
#endif
  struct sigaction action = {};
  action.sa_handler = AddInHandler;
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGALRM, &action, nullptr), 0);
  const itimerval often = {{0, 50}, {0, 50}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
  uint64_t taken = 0;
  uint64_t added = 0;
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 1000; ++i) AddLightly(&word, 1);
    added += 1000;
    taken += TakeLightly(&word);
  }
  const itimerval never = {};
  ASSERT_EQ(setitimer(ITIMER_REAL, &never, nullptr), 0);
  taken += TakeLightly(&word);
  signal(SIGALRM, SIG_DFL);
  EXPECT_GT(added_by_handler.load(), 0);
  EXPECT_EQ(taken, added + added_by_handler.load());
}

TEST(LightAtomicTest, AnotherThreadLosesNothing) {
  constexpr uint64_t kTimes = 1'000'000;
  std::atomic<uint64_t> number{0};
  uint64_t taken = 0;
  std::thread other([&] {
    EXPECT_FALSE(HasOneThread());
    for (uint64_t i = 0; i < kTimes; ++i) AddLightly(&number, 1);
  });
  for (uint64_t i = 0; i < kTimes; ++i) {
    AddLightly(&number, 1);
    if (i % 16 == 0) taken += TakeLightly(&number);
  }
  other.join();
  EXPECT_EQ(taken + TakeLightly(&number), 2 * kTimes);
}

}  // namespace
}  // namespace leaktrap::internal
