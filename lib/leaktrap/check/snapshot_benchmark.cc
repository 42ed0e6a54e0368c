// What one look costs, beside the least and the most that a listing can cost.
//
//   bazel run -c opt //lib/leaktrap/check:snapshot_benchmark
//
// Read the ratios, not the times: BM_Look against BM_BareScan (getdents64 of
// both folders and nothing else) and BM_NaiveListing (readdir and readlink of
// each descriptor, stat and comm of each thread, into a map), each in the same
// process with the same descriptors and threads open.

#include <benchmark/benchmark.h>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr char kDescriptors[] = "/proc/self/fd";
constexpr char kTasks[] = "/proc/self/task";

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

int BareScan(const char* folder) {
  const int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  char buffer[32768];
  int bytes = 0;
  while (true) {
    const ssize_t got = getdents64(handle, buffer, sizeof(buffer));
    if (got <= 0) break;
    bytes += static_cast<int>(got);
  }
  close(handle);
  return bytes;
}

void BM_BareScan(benchmark::State& state) {
  const Crowd crowd(state);
  for (auto _ : state) {
    if (BareScan(kDescriptors) == 0 || BareScan(kTasks) == 0) {
      state.SkipWithError("nothing was listed");
    }
  }
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::map<std::string, std::string> NaiveListing() {
  std::map<std::string, std::string> listing;
  for (const std::string folder : {kDescriptors, kTasks}) {
    DIR* handle = opendir(folder.c_str());
    while (const dirent* entry = readdir(handle)) {
      if (entry->d_name[0] == '.') continue;
      const std::string path = folder + "/" + entry->d_name;
      if (folder == kDescriptors) {
        char target[4096];
        const ssize_t length = readlink(path.c_str(), target, sizeof(target));
        if (length > 0) listing[path].assign(target, length);
      } else {
        listing[path] = FirstLine(path + "/stat") + FirstLine(path + "/comm");
      }
    }
    closedir(handle);
  }
  return listing;
}

void BM_NaiveListing(benchmark::State& state) {
  const Crowd crowd(state);
  for (auto _ : state) {
    if (NaiveListing().empty()) state.SkipWithError("nothing was listed");
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
