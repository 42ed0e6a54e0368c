// What recording adds to the calls that create and release.
//
//   bazel run -c opt //lib/leaktrap/origin:recording_benchmark
//
// Read the counters, not the times: `ratio` is the time of a pair of calls that
// are stood in front of, over that of the same calls made directly, and
// `added_ns` is the difference. Both are measured by turns in the same process,
// and the quickest of many turns counts. `depth` is that of the calling stack
// above main's, `mode` the Recording: 0 off, 1 calls, 2 stacks, 3 releases too.

#include <benchmark/benchmark.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/stack/capture.h"
#include "leaktrap/system/run_benchmarks_for_test.h"
#include "leaktrap/system/unseen_calls.h"

LEAKTRAP_NEXT(pthread_create)
LEAKTRAP_NEXT(pthread_join)

namespace leaktrap::internal {
namespace {

using Pair = void (*)();

void DupClose() { close(dup(0)); }
void BareDupClose() { UnseenClose(static_cast<int>(syscall(SYS_dup, 0))); }

void OpenClose() { close(open("/dev/null", O_RDONLY)); }
void BareOpenClose() { UnseenClose(UnseenOpen("/dev/null", O_RDONLY)); }

void SocketClose() { close(socket(AF_UNIX, SOCK_STREAM, 0)); }
void BareSocketClose() {
  UnseenClose(static_cast<int>(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)));
}

void* DoNothing(void*) { return nullptr; }

void CreateJoin() {
  pthread_t handle;
  if (pthread_create(&handle, nullptr, DoNothing, nullptr) == 0) {
    pthread_join(handle, nullptr);
  }
}
void BareCreateJoin() {
  pthread_t handle;
  if (next_pthread_create.Get()(&handle, nullptr, DoNothing, nullptr) == 0) {
    next_pthread_join.Get()(handle, nullptr);
  }
}

__attribute__((noinline)) void CallAtDepth(int64_t depth, Pair pair,
                                           int times) {
  if (depth > 0) {
    CallAtDepth(depth - 1, pair, times);
  } else {
    for (int i = 0; i < times; ++i) pair();
  }
  asm("");  // no tail call
}

void BareDupCloseAndUnwind() {
  BareDupClose();
  uintptr_t addresses[32];
  benchmark::DoNotOptimize(CaptureStack(nullptr, addresses, 32));
}

double NanosecondsOf(int64_t depth, Pair pair, int times) {
  const auto begin = std::chrono::steady_clock::now();
  CallAtDepth(depth, pair, times);
  const std::chrono::duration<double, std::nano> taken =
      std::chrono::steady_clock::now() - begin;
  return taken.count() / times;
}

void Compare(benchmark::State& state, Pair recorded, Pair bare, int times) {
  const auto recording = static_cast<Recording>(state.range(0));
  if (!WhyNotRecorded().empty()) state.SkipWithError("nothing is recorded");
  SetRecording(recording);
  if (recording == Recording::kReleases) {
    LogReleasesOfOlderThan(std::numeric_limits<uint64_t>::max());
  }
  double with = std::numeric_limits<double>::infinity();
  double without = with;
  for (auto _ : state) {
    without = std::min(without, NanosecondsOf(state.range(1), bare, times));
    with = std::min(with, NanosecondsOf(state.range(1), recorded, times));
  }
  LogReleasesOfOlderThan(0);
  SetRecording(Recording::kStacks);
  state.counters["ratio"] = with / without;
  state.counters["added_ns"] = with - without;
}

void BM_DupClose(benchmark::State& state) {
  Compare(state, DupClose, BareDupClose, 100);
}
// Beside the walk over the stack alone.
void BM_DupCloseOverUnwinder(benchmark::State& state) {
  Compare(state, DupClose, BareDupCloseAndUnwind, 100);
}
void BM_OpenClose(benchmark::State& state) {
  Compare(state, OpenClose, BareOpenClose, 100);
}
void BM_SocketClose(benchmark::State& state) {
  Compare(state, SocketClose, BareSocketClose, 100);
}
void BM_CreateJoin(benchmark::State& state) {
  Compare(state, CreateJoin, BareCreateJoin, 10);
}

void Modes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"mode", "depth"})
      ->ArgsProduct({{0, 1, 2, 3}, {5, 30}})
      ->Unit(benchmark::kMicrosecond);
}

BENCHMARK(BM_DupClose)->Apply(Modes);
BENCHMARK(BM_DupCloseOverUnwinder)
    ->ArgNames({"mode", "depth"})
    ->ArgsProduct({{2}, {5, 30}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_OpenClose)->Apply(Modes);
BENCHMARK(BM_SocketClose)->Apply(Modes);
BENCHMARK(BM_CreateJoin)->Apply(Modes);

int found_descriptor = -1;

void Find() {
  benchmark::DoNotOptimize(FindDescriptor(found_descriptor).made.sequence);
}
void Ask() { benchmark::DoNotOptimize(UnseenFcntl(found_descriptor, F_GETFD)); }

// Beside the cheapest system call on it.
void BM_FindDescriptor(benchmark::State& state) {
  found_descriptor = dup(0);
  if (FindDescriptor(found_descriptor).made.sequence == 0) {
    state.SkipWithError("it was not recorded");
  }
  double with = std::numeric_limits<double>::infinity();
  double without = with;
  for (auto _ : state) {
    without = std::min(without, NanosecondsOf(0, Ask, 1000));
    with = std::min(with, NanosecondsOf(0, Find, 1000));
  }
  state.counters["ratio"] = with / without;
  close(found_descriptor);
}
BENCHMARK(BM_FindDescriptor)->Unit(benchmark::kMicrosecond);

void ListThreads() { benchmark::DoNotOptimize(RunningThreads().data()); }
void ListTasks() {
  DIR* const tasks = opendir("/proc/self/task");
  while (readdir(tasks) != nullptr) {
  }
  closedir(tasks);
}

// Beside a plain listing of the tasks.
void BM_RunningThreads(benchmark::State& state) {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  std::vector<std::thread> threads;
  const auto count = static_cast<size_t>(state.range(0));
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return over; });
    });
  }
  while (RunningThreads().size() < count) std::this_thread::yield();
  double with = std::numeric_limits<double>::infinity();
  double without = with;
  for (auto _ : state) {
    without = std::min(without, NanosecondsOf(0, ListTasks, 1));
    with = std::min(with, NanosecondsOf(0, ListThreads, 1));
  }
  state.counters["ratio"] = with / without;
  state.counters["ns"] = with;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    over = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) thread.join();
}
BENCHMARK(BM_RunningThreads)
    ->ArgName("threads")
    ->Arg(10)
    ->Arg(1000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
