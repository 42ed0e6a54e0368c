// What a failing test costs: few leaks, and as many as there can be.
//
//   bazel run -c opt //testing/leaktrap:leaking_benchmark
//
// Read the ratios, not the times. Each is against a figure of the same process
// with the same leaks, the median of several:
//   BM_OneDescriptor/1      to one naive listing; all but the symbols
//   BM_OneThread/1          to one look; all but the symbols
//   BM_ManyThreads/N        to reading `stat` and `comm` of each thread
//   BM_ManyDescriptors/N    to one naive listing of the descriptors
//   BM_Growing*/N           the same, for the curve
//   BM_MemoryOfThreads/N, BM_MemoryOfDescriptors/N, BM_MemoryOfBoth/N
//                           what a baseline holds while a test runs, what a
//                           look of a passing test adds, and a failing one
// The small sizes come first, for those who want to know only that it runs.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/leaking_case.h"
#include "leaktrap/lookout.h"
#include "leaktrap/system/listings_for_test.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap::internal {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 5;

double Median(std::vector<double> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Nanoseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count());
}

double TimeOf(absl::FunctionRef<void()> call) {
  const auto start = Steady::now();
  call();
  return Nanoseconds(Steady::now() - start);
}

enum class Symbols { kKnown, kUnknown };

// Of what the leaks are told by, each of `kRounds` times.
struct Measured {
  std::vector<double> judged, told, symbolized, all, reference, ratio;
  std::vector<double> waited;
  ToldLeaks last;

  void Add(ToldLeaks leaks, Symbols symbols, double by) {
    judged.push_back(Nanoseconds(leaks.judged));
    told.push_back(Nanoseconds(leaks.told));
    symbolized.push_back(Nanoseconds(leaks.symbolized));
    all.push_back(judged.back() + told.back() +
                  (symbols == Symbols::kUnknown ? symbolized.back() : 0));
    reference.push_back(by);
    ratio.push_back(all.back() / by);
    waited.push_back(Nanoseconds(leaks.waited));
    last = std::move(leaks);
  }

  void Show(benchmark::State& state) const {
    state.counters["ratio"] = Median(ratio);
    state.counters["ns"] = Median(all);
    state.counters["judged_ns"] = Median(judged);
    state.counters["told_ns"] = Median(told);
    state.counters["symbols_ns"] = Median(symbolized);
    state.counters["reference_ns"] = Median(reference);
    state.counters["waited_ns"] = Median(waited);
    state.counters["report_bytes"] = static_cast<double>(last.report.size());
  }
};

// `Leaks` are made anew for each round, `reference` is measured while they are
// there.
template <typename Leaks>
void Tell(benchmark::State& state, Symbols symbols,
          absl::FunctionRef<void()> reference) {
  const auto count = static_cast<size_t>(state.range(0));
  Measured measured;
  for (auto _ : state) {
    const Snapshot before = ReadyLookout().Take();
    const Leaks leaks(count);
    if (!leaks.complete()) return state.SkipWithError("so many are refused");
    ToldLeaks told = TellLeaks(before);
    if (told.leaks != count) return state.SkipWithError("not all were told");
    if (!told.is_proven) return state.SkipWithError("it was waited for them");
    const double by = TimeOf(reference);
    measured.Add(std::move(told), symbols, by);
    state.SetIterationTime(measured.all.back() / 1e9);
  }
  measured.Show(state);
}

void BM_OneDescriptor(benchmark::State& state) {
  Tell<OpenDescriptors>(state, Symbols::kKnown, [] {
    benchmark::DoNotOptimize(ListDescriptorsForTest());
    benchmark::DoNotOptimize(ListThreadsForTest());
  });
}

void BM_OneThread(benchmark::State& state) {
  Tell<ParkedThreads>(state, Symbols::kKnown,
                      [] { benchmark::DoNotOptimize(ReadyLookout().Take()); });
}

void BM_ManyThreads(benchmark::State& state) {
  Tell<ParkedThreads>(state, Symbols::kUnknown,
                      [] { benchmark::DoNotOptimize(ReadThreadsForTest()); });
}

void BM_ManyDescriptors(benchmark::State& state) {
  Tell<OpenDescriptors>(state, Symbols::kUnknown, [] {
    benchmark::DoNotOptimize(ListDescriptorsForTest());
  });
}

void BM_GrowingThreads(benchmark::State& state) { BM_ManyThreads(state); }

void BM_GrowingDescriptors(benchmark::State& state) {
  BM_ManyDescriptors(state);
}

// `resources` are there while it is looked and while a test fails for others.
void ShowMemory(benchmark::State& state, size_t resources,
                const Snapshot& before) {
  double held = 0, passing = 0, failing = 0;
  for (auto _ : state) {
    const size_t at_start = AllocatedBytes();
    const Snapshot baseline = ReadyLookout().Take();
    held = static_cast<double>(AllocatedBytes() - at_start);
    ForgetPeak();
    if (!ReadyLookout()
             .FindLeaks(baseline, Options())
             .judgement.leaks.empty()) {
      return state.SkipWithError("a leak");
    }
    passing = static_cast<double>(PeakBytes() - at_start);
    ForgetPeak();
    if (TellLeaks(before).leaks != resources) {
      return state.SkipWithError("not all were told");
    }
    failing = static_cast<double>(PeakBytes() - at_start);
  }
  const auto each = static_cast<double>(resources);
  state.counters["bytes"] = held;
  state.counters["bytes_per_resource"] = held / each;
  state.counters["passing_peak"] = passing;
  state.counters["passing_peak_per_resource"] = passing / each;
  state.counters["failing_peak"] = failing;
  state.counters["failing_peak_per_resource"] = failing / each;
}

void BM_MemoryOfThreads(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const Snapshot before = ReadyLookout().Take();
  const ParkedThreads threads(count);
  if (!threads.complete()) return state.SkipWithError("so many are refused");
  ShowMemory(state, count, before);
}

void BM_MemoryOfDescriptors(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const Snapshot before = ReadyLookout().Take();
  const OpenDescriptors descriptors(count);
  if (!descriptors.complete()) {
    return state.SkipWithError("so many are refused");
  }
  ShowMemory(state, count, before);
}

void BM_MemoryOfBoth(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const Snapshot before = ReadyLookout().Take();
  const ParkedThreads threads(count);
  const OpenDescriptors descriptors(count);
  if (!threads.complete() || !descriptors.complete()) {
    return state.SkipWithError("so many are refused");
  }
  ShowMemory(state, 2 * count, before);
}

void Rounds(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(kRounds)->UseManualTime()->Unit(
      benchmark::kMillisecond);
}
void Once(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->Unit(benchmark::kMillisecond);
}

BENCHMARK(BM_OneDescriptor)->Arg(1)->Apply(Rounds);
BENCHMARK(BM_OneThread)->Arg(1)->Apply(Rounds);
BENCHMARK(BM_ManyThreads)->Arg(100)->Arg(20'000)->Apply(Rounds);
BENCHMARK(BM_ManyDescriptors)->Arg(100)->Arg(19'000)->Apply(Rounds);
BENCHMARK(BM_GrowingThreads)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(20'000)
    ->Apply(Rounds);
BENCHMARK(BM_GrowingDescriptors)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(19'000)
    ->Apply(Rounds);
BENCHMARK(BM_MemoryOfBoth)->Arg(50)->Arg(1'000)->Apply(Once);
BENCHMARK(BM_MemoryOfThreads)->Arg(100)->Arg(20'000)->Apply(Once);
BENCHMARK(BM_MemoryOfDescriptors)->Arg(100)->Arg(19'000)->Apply(Once);

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  leaktrap::internal::ReadyLookout();
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
