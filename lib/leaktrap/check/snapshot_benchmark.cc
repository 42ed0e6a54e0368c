// What one look costs, beside the least and the most that a listing can cost.
//
//   bazel run -c opt //lib/leaktrap/check:snapshot_benchmark
//
// Read the ratios, not the times: BM_Look against BM_BareScan (getdents64 of
// both folders and nothing else) and BM_NaiveListing (readdir and readlink of
// each descriptor, stat and comm of each thread, into a map), each in the same
// process with the same descriptors and threads open.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/system/listings_for_test.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap::internal {
namespace {

// So many descriptors and parked threads, for the time of one benchmark.
class Crowd {
 public:
  explicit Crowd(const benchmark::State& state) {
    for (int i = 0; i < state.range(0); ++i) {
      descriptors_.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    for (int i = 0; i < state.range(1); ++i) {
      threads_.emplace_back([this] {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return open_; });
      });
    }
  }
  ~Crowd() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    for (int descriptor : descriptors_) close(descriptor);
  }

  bool complete() const {
    return descriptors_.empty() || descriptors_.back() >= 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<int> descriptors_;
  std::vector<std::thread> threads_;
};

void BM_Look(benchmark::State& state) {
  const Crowd crowd(state);
  if (!crowd.complete()) state.SkipWithError("too few descriptors");
  std::vector<std::unique_ptr<Probe>> built_in;
  built_in.push_back(NewThreadProbe());
  built_in.push_back(NewDescriptorProbe());
  built_in.push_back(NewConnectionProbe());
  const ProbeSet probes(std::move(built_in), UserProbes);
  const Options options;
  for (auto _ : state) {
    const Snapshot snapshot = probes.Take(options);
    if (!snapshot.error.empty()) state.SkipWithError(snapshot.error.c_str());
    benchmark::DoNotOptimize(snapshot.seen->identities.data());
  }
}

void BM_BareScan(benchmark::State& state) {
  const Crowd crowd(state);
  for (auto _ : state) {
    if (ScanForTest(kDescriptorsForTest) == 0 ||
        ScanForTest(kTasksForTest) == 0) {
      state.SkipWithError("nothing was listed");
    }
  }
}

void BM_NaiveListing(benchmark::State& state) {
  const Crowd crowd(state);
  for (auto _ : state) {
    if (ListDescriptorsForTest().empty() || ListThreadsForTest().empty()) {
      state.SkipWithError("nothing was listed");
    }
  }
}

void Crowds(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"descriptors", "threads"})
      ->Args({0, 0})
      ->Args({100, 10})
      ->Args({1000, 100})
      ->Unit(benchmark::kMicrosecond);
}

BENCHMARK(BM_BareScan)->Apply(Crowds);
BENCHMARK(BM_Look)->Apply(Crowds);
BENCHMARK(BM_NaiveListing)->Apply(Crowds);

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
