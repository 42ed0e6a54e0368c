// What a passing test costs, beside GoogleTest's printing of it and beside what
// is written by hand to see the same.
//
//   bazel run -c opt //testing/leaktrap:passing_test_benchmark
//
// Read the ratios. What is compared is run by turns, in programs of its own,
// and each figure is the median of several turns:
//   BM_PassingTest/D/T/L  what looking adds to an empty test while there are D
//                         descriptors, T threads and L leases more than in an
//                         empty program. `recorded` is Leaktrap, `unrecorded`
//                         Leaktrap without the recorder; `scan` and `naive`
//                         list before and after each test (passing_case.h);
//                         `printing` is what GoogleTest's own lines cost.
//   BM_Crowd/N            what Leaktrap adds with N descriptors and N threads,
//                         over what it adds with none
//   BM_Run/N              the wall time of a program of N empty tests, over
//                         that of the same without Leaktrap
// --smoke: once each, a few tests, to see that it runs.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "leaktrap/passing_case.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap::internal {
namespace {

bool is_smoke = false;

// So much of each turn is spent in tests, or a little more. Leaktrap's is
// longer than the time after which it lists everything even if nothing seems to
// be different: that is to be in the figure.
constexpr double kTurnNanoseconds = 100e6;
constexpr double kLeaktrapsTurnNanoseconds = 600e6;
constexpr int kFewestTests = 10;
constexpr int kMostTests = 200'000;

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How many tests take as long as one turn is to take.
int TestsPerTurn(Looker looker, const Crowd& crowd) {
  const double each =
      RunPassingTests(looker, crowd, kFewestTests).nanoseconds_per_test;
  if (is_smoke) return kFewestTests;
  const bool is_leaktrap =
      looker == Looker::kLeaktrap || looker == Looker::kLeaktrapWithoutRecorder;
  const double turn =
      is_leaktrap ? kLeaktrapsTurnNanoseconds : kTurnNanoseconds;
  return static_cast<int>(
      std::clamp<double>(turn / each, kFewestTests, kMostTests));
}

// The figures of all turns, by name.
class Figures {
 public:
  void Add(const std::string& name, double figure) {
    figures_[name].push_back(figure);
  }
  void Show(benchmark::State& state) const {
    for (const auto& [name, turns] : figures_) {
      state.counters[name] = Median(turns);
    }
  }

 private:
  std::map<std::string, std::vector<double>> figures_;
};

// An exception would end the program and all benchmarks with it.
template <typename Body>
void RunGuarded(benchmark::State& state, Body body) {
  try {
    body();
  } catch (const std::exception& e) {
    state.SkipWithError(e.what());
  }
}

void MeasurePassingTest(benchmark::State& state, const Crowd& crowd) {
  const std::map<Looker, std::string> lookers = {
      {Looker::kSilent, "silent"},
      {Looker::kNobody, "nobody"},
      {Looker::kScan, "scan"},
      {Looker::kNaive, "naive"},
      {Looker::kLeaktrap, "recorded"},
      {Looker::kLeaktrapWithoutRecorder, "unrecorded"}};
  std::map<Looker, int> tests;
  for (const auto& [looker, name] : lookers) {
    tests[looker] = TestsPerTurn(looker, crowd);
  }
  Figures figures;
  for (auto _ : state) {
    std::map<std::string, double> costs;
    for (const auto& [looker, name] : lookers) {
      costs[name] =
          RunPassingTests(looker, crowd, tests[looker]).nanoseconds_per_test;
    }
    const double printing = costs["nobody"] - costs["silent"];
    const double scan = costs["scan"] - costs["nobody"];
    const double naive = costs["naive"] - costs["nobody"];
    figures.Add("printing_ns", printing);
    figures.Add("scan_ns", scan);
    figures.Add("naive_ns", naive);
    for (const std::string ours : {"recorded", "unrecorded"}) {
      const double added = costs[ours] - costs["nobody"];
      figures.Add(ours + "_ns", added);
      figures.Add(ours + "_over_printing", added / printing);
      figures.Add(ours + "_over_scan", added / scan);
      figures.Add("naive_over_" + ours, naive / added);
    }
  }
  figures.Show(state);
}

void BM_PassingTest(benchmark::State& state) {
  RunGuarded(state, [&] {
    MeasurePassingTest(state, {static_cast<int>(state.range(0)),
                               static_cast<int>(state.range(1)),
                               static_cast<int>(state.range(2))});
  });
}

void MeasureCrowd(benchmark::State& state, const Crowd& crowd) {
  const int tests_alone = TestsPerTurn(Looker::kLeaktrap, {});
  const int tests_in_crowd = TestsPerTurn(Looker::kLeaktrap, crowd);
  const int tests_unwatched = TestsPerTurn(Looker::kNobody, {});
  Figures figures;
  for (auto _ : state) {
    const double unwatched =
        RunPassingTests(Looker::kNobody, {}, tests_unwatched)
            .nanoseconds_per_test;
    const double alone = RunPassingTests(Looker::kLeaktrap, {}, tests_alone)
                             .nanoseconds_per_test -
                         unwatched;
    const double in_crowd =
        RunPassingTests(Looker::kLeaktrap, crowd, tests_in_crowd)
            .nanoseconds_per_test -
        unwatched;
    figures.Add("alone_ns", alone);
    figures.Add("in_crowd_ns", in_crowd);
    figures.Add("ratio", in_crowd / alone);
  }
  figures.Show(state);
}

void BM_Crowd(benchmark::State& state) {
  RunGuarded(state, [&] {
    const int size = static_cast<int>(state.range(0));
    MeasureCrowd(state, {size, size, 0});
  });
}

void MeasureRun(benchmark::State& state, int tests) {
  Figures figures;
  for (auto _ : state) {
    const PassingRun bare = RunPassingTests(Looker::kNobody, {}, tests);
    const PassingRun recorded = RunPassingTests(Looker::kLeaktrap, {}, tests);
    const PassingRun unrecorded =
        RunPassingTests(Looker::kLeaktrapWithoutRecorder, {}, tests);
    figures.Add("bare_s", bare.wall_seconds);
    figures.Add("recorded_s", recorded.wall_seconds);
    figures.Add("unrecorded_s", unrecorded.wall_seconds);
    figures.Add("ratio", recorded.wall_seconds / bare.wall_seconds);
    figures.Add("unrecorded_ratio",
                unrecorded.wall_seconds / bare.wall_seconds);
    for (const auto& [name, run] :
         std::map<std::string, PassingRun>{{"bare", bare},
                                           {"recorded", recorded},
                                           {"unrecorded", unrecorded}}) {
      figures.Add(name + "_ns", run.nanoseconds_per_test);
    }
  }
  figures.Show(state);
}

void BM_Run(benchmark::State& state) {
  RunGuarded(state,
             [&] { MeasureRun(state, static_cast<int>(state.range(0))); });
}

using Arguments = std::vector<std::vector<int64_t>>;

void Register(const char* name, void (*function)(benchmark::State&), int turns,
              const Arguments& arguments) {
  benchmark::internal::Benchmark* const registered =
      benchmark::RegisterBenchmark(name, function);
  for (const std::vector<int64_t>& each : arguments) registered->Args(each);
  registered->Iterations(is_smoke ? 1 : turns)->Unit(benchmark::kMillisecond);
}

void RegisterAll() {
  if (is_smoke) {
    Register("BM_PassingTest", BM_PassingTest, 1, {{10, 10, 10}});
    Register("BM_Crowd", BM_Crowd, 1, {{10}});
    Register("BM_Run", BM_Run, 1, {{10}});
    return;
  }
  Register("BM_PassingTest", BM_PassingTest, 9,
           {{0, 0, 0}, {100, 10, 0}, {1000, 1000, 0}});
  Register("BM_Crowd", BM_Crowd, 9, {{1000}});
  // For the curves.
  Register("BM_PassingTest", BM_PassingTest, 5,
           {{10, 0, 0},
            {100, 0, 0},
            {1000, 0, 0},
            {0, 10, 0},
            {0, 100, 0},
            {0, 1000, 0},
            {0, 0, 10},
            {0, 0, 100},
            {0, 0, 1000}});
  Register("BM_Run", BM_Run, 5, {{10}, {100}, {1'000}, {10'000}, {100'000}});
}

// Takes --smoke out, which Google Benchmark does not know.
int TakeSmoke(int argc, char** argv) {
  char** const end = std::remove_if(argv + 1, argv + argc, [](const char* arg) {
    return std::strcmp(arg, "--smoke") == 0;
  });
  is_smoke = end != argv + argc;
  return static_cast<int>(end - argv);
}

}  // namespace
}  // namespace leaktrap::internal

int main(int argc, char** argv) {
  argc = leaktrap::internal::TakeSmoke(argc, argv);
  leaktrap::internal::RegisterAll();
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
