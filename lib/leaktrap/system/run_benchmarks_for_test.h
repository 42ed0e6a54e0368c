// What the main() of a benchmark does.

#ifndef LEAKTRAP_SYSTEM_RUN_BENCHMARKS_FOR_TEST_H_
#define LEAKTRAP_SYSTEM_RUN_BENCHMARKS_FOR_TEST_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <vector>

namespace leaktrap::internal {

// Google Benchmark 1.8 has another name for it than those before.
template <typename Run>
auto HasFailed(const Run& run, int) -> decltype(run.error_occurred) {
  return run.error_occurred;
}
template <typename Run>
bool HasFailed(const Run& run, long) {
  return run.skipped != 0;
}

// Google Benchmark exits with 0 also when benchmarks failed.
class FailuresCounted : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) failures += HasFailed(run, 0) ? 1 : 0;
    ConsoleReporter::ReportRuns(runs);
  }

  int failures = 0;
};

// Runs the benchmarks that the arguments name, and returns what main() is to
// return: 0 only if some ran and none failed.
inline int RunBenchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  FailuresCounted reporter;
  const std::size_t run = benchmark::RunSpecifiedBenchmarks(&reporter);
  return run > 0 && reporter.failures == 0 ? 0 : 1;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_RUN_BENCHMARKS_FOR_TEST_H_
