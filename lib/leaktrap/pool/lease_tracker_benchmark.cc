// What a watched checkout costs, beside the pool's own work.
//
//   bazel run -c opt //lib/leaktrap/pool:lease_tracker_benchmark
//
// Read the ratios, not the times. BM_MutexPool is the least that a pool does:
// it takes and gives back under a mutex. BM_Tracked is the same with a
// LeaseTracker around it, as in production: its difference to BM_MutexPool is
// what users pay. BM_TrackedAndWatched is what it costs in a test; BM_Ledger is
// a pool that lets a LeaseLedger keep its books.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/pool/lease_tracker.h"
#include "leaktrap/pool/watching.h"
#include "leaktrap/system/run_benchmarks_for_test.h"

namespace leaktrap {
namespace {

struct Connection {
  bool in_transaction = false;
};

class MutexPool {
 public:
  struct GiveBack {
    MutexPool* pool;
    void operator()(Connection* connection) const { pool->Put(connection); }
  };

  std::unique_ptr<Connection, GiveBack> Acquire() {
    const std::lock_guard<std::mutex> lock(mutex_);
    Connection* const connection = idle_.back();
    idle_.pop_back();
    return {connection, {this}};
  }

  void Put(Connection* connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(connection);
  }

 private:
  std::mutex mutex_;
  Connection connection_;
  std::vector<Connection*> idle_ = {&connection_};
};

struct Inspector {
  LeaseTracker::Details Describe(const Connection*) const {
    return {"127.0.0.1:5432", {}};
  }
  std::string Dirt(const Connection* connection) const {
    return connection->in_transaction ? "inside a transaction" : "";
  }
};

void BM_MutexPool(benchmark::State& state) {
  MutexPool pool;
  for (auto _ : state) benchmark::DoNotOptimize(pool.Acquire());
}

void BM_Tracked(benchmark::State& state) {
  MutexPool pool;
  LeaseTracker leases("db");
  for (auto _ : state) {
    benchmark::DoNotOptimize(leases.Track(pool.Acquire(), Inspector()));
  }
}

// From here on somebody looks.
void BM_TrackedAndWatched(benchmark::State& state) {
  internal::WatchLeases();
  BM_Tracked(state);
}

void BM_Ledger(benchmark::State& state) {
  LeaseLedger ledger("db");
  const uint64_t connection = ledger.Open("127.0.0.1:5432");
  for (auto _ : state) {
    const Lease lease = ledger.CheckOut(connection);
    if (!lease) state.SkipWithError("leased already");
  }
}

BENCHMARK(BM_MutexPool);
BENCHMARK(BM_Tracked);
BENCHMARK(BM_Ledger);
BENCHMARK(BM_TrackedAndWatched);

}  // namespace
}  // namespace leaktrap

int main(int argc, char** argv) {
  return leaktrap::internal::RunBenchmarks(argc, argv);
}
