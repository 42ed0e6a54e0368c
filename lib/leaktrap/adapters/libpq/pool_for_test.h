// For our own tests: a pool that knows nothing of Leaktrap, and looks at
// nothing when a connection comes back.

#ifndef LEAKTRAP_ADAPTERS_LIBPQ_POOL_FOR_TEST_H_
#define LEAKTRAP_ADAPTERS_LIBPQ_POOL_FOR_TEST_H_

#include <libpq-fe.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/adapters/libpq/postgres_for_test.h"

namespace leaktrap::libpq {

// Thread-safe.
class PlainPool {
 public:
  PlainPool(std::string conninfo, size_t size)
      : conninfo_(std::move(conninfo)), size_(size) {}

  // Opens them all.
  void Fill() {
    std::vector<PGconn*> all;
    for (size_t i = 0; i < size_; ++i) all.push_back(CheckOut());
    for (PGconn* connection : all) CheckIn(connection);
  }

  // Waits for one that is idle, unless there may be one more.
  PGconn* CheckOut() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (idle_.empty() && connections_.size() < size_) {
      connections_.push_back(Connect(conninfo_));
      return connections_.back().get();
    }
    returned_.wait(lock, [this] { return !idle_.empty(); });
    PGconn* const connection = idle_.front();
    idle_.pop_front();
    return connection;
  }

  void CheckIn(PGconn* connection) {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(connection);
    returned_.notify_one();
  }

 private:
  const std::string conninfo_;
  const size_t size_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Connection> connections_;
  std::deque<PGconn*> idle_;  // the one that waits for longest first
};

}  // namespace leaktrap::libpq

#endif  // LEAKTRAP_ADAPTERS_LIBPQ_POOL_FOR_TEST_H_
