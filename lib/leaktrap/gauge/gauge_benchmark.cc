// What a count costs, beside a naive listing.
//
//   bazel run -c opt //lib/leaktrap/gauge:gauge_benchmark
//
// Read the ratios, not the times: BM_Count stays flat where BM_NaiveListing
// (opendir, readdir) grows with the number of descriptors and threads.
// BM_CountByListing is what a descriptor count costs before Linux 6.2.

#include <benchmark/benchmark.h>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <future>
#include <thread>
#include <vector>

#include "leaktrap/gauge/descriptor_count.h"
#include "leaktrap/gauge/gauge.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap {
namespace {

// So many of a kind, for the time of one benchmark.
class Crowd {
 public:
  Crowd(Kind kind, int size) {
    const std::shared_future<void> over = over_.get_future().share();
    for (int i = 0; i < size; ++i) {
      if (kind == Kind::kThread) {
        threads_.emplace_back([over] { over.wait(); });
      } else if (kind == Kind::kDescriptor) {
        descriptors_.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
      } else {
        leases_.push_back(ledger_.CheckOut(ledger_.Open("peer")));
      }
    }
  }
  ~Crowd() {
    over_.set_value();
    for (std::thread& thread : threads_) thread.join();
    for (int descriptor : descriptors_) close(descriptor);
  }

 private:
  std::promise<void> over_;
  std::vector<std::thread> threads_;
  std::vector<int> descriptors_;
  LeaseLedger ledger_{"crowd"};
  std::vector<Lease> leases_;
};

void CountAll(benchmark::State& state, Kind kind) {
  const Crowd crowd(kind, static_cast<int>(state.range(0)));
  for (auto _ : state) {
    if (Count(kind).value_or(-1) < state.range(0)) {
      state.SkipWithError("counted too few");
    }
  }
}

void BM_Count(benchmark::State& state, Kind kind) { CountAll(state, kind); }

void BM_CountByListing(benchmark::State& state) {
  const internal::ListingForTest listing;
  CountAll(state, Kind::kDescriptor);
}

int NaiveListing(const char* path) {
  int found = 0;
  DIR* const folder = opendir(path);
  if (folder == nullptr) return 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') ++found;
  }
  closedir(folder);
  return found;
}

void BM_NaiveListing(benchmark::State& state, Kind kind) {
  const Crowd crowd(kind, static_cast<int>(state.range(0)));
  const char* const path =
      kind == Kind::kThread ? "/proc/self/task" : "/proc/self/fd";
  for (auto _ : state) {
    if (NaiveListing(path) < state.range(0)) {
      state.SkipWithError("listed too few");
    }
  }
}

void Crowds(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(0)->Arg(100)->Arg(700)->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(BM_Count, threads, Kind::kThread)->Apply(Crowds);
BENCHMARK_CAPTURE(BM_NaiveListing, threads, Kind::kThread)->Apply(Crowds);
BENCHMARK_CAPTURE(BM_Count, descriptors, Kind::kDescriptor)->Apply(Crowds);
BENCHMARK(BM_CountByListing)->Apply(Crowds);
BENCHMARK_CAPTURE(BM_NaiveListing, descriptors, Kind::kDescriptor)
    ->Apply(Crowds);
BENCHMARK_CAPTURE(BM_Count, connections, Kind::kConnection)->Apply(Crowds);

}  // namespace
}  // namespace leaktrap

int main(int argc, char** argv) {
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
