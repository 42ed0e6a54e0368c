// What a program does with OpenMP and with std::execution::par, which is
// oneTBB's. parallel_test runs it and judges its verdicts.

#include <fcntl.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <execution>
#include <numeric>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

// How many threads take part, of as many as are asked for.
int TeamOf(int threads) {
  std::atomic<int> members{0};
#pragma omp parallel num_threads(threads)
  ++members;
  return members;
}

TEST(OpenMp, FirstUse) { EXPECT_EQ(TeamOf(3), 3); }
TEST(OpenMp, MoreThanBefore) { EXPECT_EQ(TeamOf(5), 5); }
TEST(OpenMp, FewerThanBefore) { EXPECT_EQ(TeamOf(2), 2); }
TEST(OpenMp, MoreAgain) { EXPECT_EQ(TeamOf(4), 4); }
TEST(OpenMp, ByAThreadThatEnds) {
  std::thread([] { EXPECT_EQ(TeamOf(3), 3); }).join();
}

// Runs `function` on the worker of a team of two.
template <typename Function>
void OnAWorker(Function function) {
  const std::thread::id leader = std::this_thread::get_id();
#pragma omp parallel num_threads(2)
  if (std::this_thread::get_id() != leader) function();
}

// A team waits for all of its threads: the one that leads it is left, too.
TEST(OpenMpLeak, WorkerThatDoesNotComeBack) {
  static std::atomic<bool> stuck{false};
  std::thread([] {
    OnAWorker([] {
      stuck = true;
      for (;;) pause();
    });
  }).detach();
  while (!stuck) std::this_thread::yield();
}

TEST(OpenMpLeak, DescriptorOfAWorker) {
  OnAWorker([] { open("/dev/null", O_RDONLY | O_CLOEXEC); });
}

TEST(OpenMpLeak, ThreadOfAWorker) {
  OnAWorker([] {
    std::thread([] {
      for (;;) pause();
    }).detach();
  });
}

// As on a machine with more processors.
const tbb::global_control four(tbb::global_control::max_allowed_parallelism, 4);

// Returns when two threads were in it at once.
void UseAWorker() {
  std::atomic<int> inside{0};
  tbb::task_arena(2).execute([&] {
    tbb::task_group group;
    for (int i = 0; i < 2; ++i) {
      group.run([&] {
        ++inside;
        while (inside < 2) std::this_thread::yield();
      });
    }
    group.wait();
  });
}

TEST(OneTbb, AWorker) { UseAWorker(); }
TEST(OneTbb, AWorkerAgain) { UseAWorker(); }

TEST(OneTbb, OfTheStandardLibrary) {
  std::vector<int> numbers(1'000'000);
  std::iota(numbers.rbegin(), numbers.rend(), 0);
  std::sort(std::execution::par, numbers.begin(), numbers.end());
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST(OneTbbLeak, WorkerThatDoesNotComeBack) {
  static std::atomic<bool> stuck{false};
  static auto* const arena = new tbb::task_arena(2);
  arena->enqueue([] {
    stuck = true;
    for (;;) pause();
  });
  while (!stuck) std::this_thread::yield();
}

}  // namespace
