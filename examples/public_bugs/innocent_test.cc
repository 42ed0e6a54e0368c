// What pools and drivers keep on purpose, and what must therefore not be
// reported: each beside the same without what was said to Leaktrap, where it
// is.

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/pool/lease_ledger.h"

namespace public_bugs {
namespace {

using leaktrap::FindLeaks;
using leaktrap::Kind;
using leaktrap::LeakReport;
using leaktrap::Options;
using leaktrap::Snapshot;
using testing::SizeIs;

LeakReport Find(const Snapshot& before, Options options = Options()) {
  return FindLeaks(before, options.Linger(std::chrono::milliseconds(50)));
}

// A connection with the thread that keeps it alive: two ends of one socket, to
// be without a server, and somebody who reads.
class KeptAlive {
 public:
  KeptAlive() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0);
    reader_ = std::thread([this] {
      char byte;
      while (read(ends_[0], &byte, 1) > 0) {
      }
    });
  }
  ~KeptAlive() {
    shutdown(ends_[1], SHUT_RDWR);
    reader_.join();
    close(ends_[0]);
    close(ends_[1]);
  }

  std::vector<int> descriptors() const { return {ends_[0], ends_[1]}; }

 private:
  int ends_[2] = {-1, -1};
  std::thread reader_;
};

TEST(InnocentTest, IdleConnectionsAndTheThreadsThatKeepThemAlive) {
  leaktrap::LeaseLedger ledger("http");
  const Snapshot before = Snapshot::Take();
  std::vector<std::unique_ptr<KeptAlive>> connections;
  std::vector<uint64_t> ids;
  for (int i = 0; i < 3; ++i) {
    connections.push_back(std::make_unique<KeptAlive>());
    ids.push_back(ledger.Open("localhost"));
    ledger.SetDescriptors(ids.back(), connections.back()->descriptors());
    leaktrap::Lease used = ledger.CheckOut(ids.back());
  }
  EXPECT_TRUE(Find(before).empty()) << Find(before);

  // One that is used and not given back is told with all that it has.
  leaktrap::Lease lease = ledger.CheckOut(ids[0]);
  EXPECT_THAT(Find(before).leaks(), SizeIs(4)) << Find(before);
  lease.Return();

  for (const uint64_t id : ids) ledger.Discard(id);
  EXPECT_THAT(Find(before).leaks(), SizeIs(9)) << "three times three";
}

class WorkerPool {
 public:
  explicit WorkerPool(int size) {
    for (int i = 0; i < size; ++i) workers_.emplace_back([this] { Work(); });
  }
  ~WorkerPool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

 private:
  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ends_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::vector<std::thread> workers_;
};

// The first test that needs it starts it, and it stays.
TEST(InnocentTest, AWorkerPoolOfTheWholeProgram) {
  const Snapshot before = Snapshot::Take();
  auto pool = std::make_unique<WorkerPool>(4);
  EXPECT_THAT(Find(before).leaks(), SizeIs(4));
  const char reason[] = "lives as long as main";
  EXPECT_TRUE(Find(before, Options().IgnoreStack("*::WorkerPool::Work", reason))
                  .empty());
  EXPECT_TRUE(Find(before, Options().IgnoreCreatedBy(
                               "*::WorkerPool::WorkerPool", reason))
                  .empty());
  // A rule for one pool is none for other threads.
  std::promise<void> end;
  std::thread other([&] { end.get_future().wait(); });
  EXPECT_THAT(Find(before, Options().IgnoreStack("*::WorkerPool::Work", reason))
                  .leaks(),
              SizeIs(1));
  end.set_value();
  other.join();
  pool.reset();
}

// A driver with a thread that looks after its servers now and then, on a
// connection of its own: as libmongoc's.
class Driver {
 public:
  Driver() : monitor_([this] { Watch(); }) {}
  ~Driver() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    monitor_.join();
  }

  // From when it runs.
  pid_t tid() { return tid_.get_future().get(); }

 private:
  void Watch() {
    tid_.set_value(gettid());
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ends_) changed_.wait_for(lock, std::chrono::seconds(10));
  }

  std::promise<pid_t> tid_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread monitor_;
};

TEST(InnocentTest, ADriversMonitor) {
  leaktrap::LeaseLedger ledger("mongo");
  const Snapshot before = Snapshot::Take();
  Driver driver;
  EXPECT_THAT(Find(before).leaks(), SizeIs(1));
  const uint64_t monitor = ledger.Open("its monitor");
  ledger.SetThreads(monitor, {driver.tid()});
  EXPECT_TRUE(Find(before).empty()) << Find(before);
  ledger.Discard(monitor);
  EXPECT_THAT(Find(before).leaks(), SizeIs(1));
}

}  // namespace
}  // namespace public_bugs
