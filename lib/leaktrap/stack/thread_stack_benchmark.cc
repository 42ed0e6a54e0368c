// What the stack of a waiting thread costs, beside reading the files alone that
// say where it waits.
//
//   bazel run -c opt //lib/leaktrap/stack:thread_stack_benchmark
//
// Read the ratios, not the times: BM_Stack against BM_FilesAlone, each in the
// same process at the same depth.

#include <benchmark/benchmark.h>
#include <semaphore.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/thread_stack.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap::internal {
namespace {

__attribute__((noinline)) void WaitDeep(sem_t* semaphore, int depth) {
  volatile char room[64];
  room[0] = static_cast<char>(depth);
  if (depth > 0) {
    WaitDeep(semaphore, depth - 1);
  } else {
    while (sem_wait(semaphore) != 0) {
    }
  }
  (void)room[0];
}

// Waits below as many frames as the benchmark's argument says.
class Waiting {
 public:
  explicit Waiting(const benchmark::State& state) {
    sem_init(&go_on_, 0, 0);
    thread_ = std::thread([this, depth = static_cast<int>(state.range(0))] {
      tid_ = OwnTidForTest();
      WaitDeep(&go_on_, depth);
    });
    while (tid_ == 0 || StackOnceBlocked(tid_).addresses.size() <=
                            static_cast<size_t>(state.range(0))) {
      std::this_thread::yield();
    }
  }
  ~Waiting() {
    sem_post(&go_on_);
    thread_.join();
  }
  int tid() const { return tid_; }

 private:
  sem_t go_on_;
  std::atomic<int> tid_{0};
  std::thread thread_;
};

void BM_Stack(benchmark::State& state) {
  const Waiting waiting(state);
  for (auto _ : state) {
    const ThreadStack stack = StackOfThread(waiting.tid(), ReadFileForTest);
    if (!stack.is_complete) state.SkipWithError("incomplete");
  }
}

// Before and after.
void BM_FilesAlone(benchmark::State& state) {
  const Waiting waiting(state);
  const std::string folder =
      "/proc/self/task/" + std::to_string(waiting.tid()) + "/";
  std::string text;
  for (auto _ : state) {
    for (int i = 0; i < 2; ++i) {
      if (!ReadFileForTest((folder + "syscall").c_str(), &text) ||
          !ReadFileForTest((folder + "schedstat").c_str(), &text)) {
        state.SkipWithError("unreadable");
      }
    }
  }
}

BENCHMARK(BM_FilesAlone)->Arg(10)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Stack)->Arg(1)->Arg(10)->Arg(50)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
