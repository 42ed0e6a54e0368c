#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/soak_sort.h"

namespace leaktrap {
namespace {

// A worker takes one task, and another worker its place: all of them are made
// by one call, so no rule is needed.
class RenewingPool {
 public:
  RenewingPool() : master_([this] { Renew(); }) {}
  ~RenewingPool() {
    Give(nullptr);
    master_.join();
  }

  // Until the task is done and the next worker is there.
  void Run(std::function<void()> task) {
    Give(std::move(task));
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !has_task_ && worker_waits_; });
  }

 private:
  void Give(std::function<void()> task) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return worker_waits_; });
    task_ = std::move(task);
    has_task_ = true;
    changed_.notify_all();
  }

  void Renew() {
    do {
      std::thread([this] { Work(); }).join();
    } while (!ends_);
  }

  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    worker_waits_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return has_task_; });
    worker_waits_ = false;
    has_task_ = false;
    ends_ = task_ == nullptr;
    if (!ends_) task_();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool has_task_ = false;
  bool worker_waits_ = false;
  bool ends_ = false;
  std::thread master_;
};

// A log whose file is renewed: by a rule, as another line of code opens it.
class Log {
 public:
  Log() : path_(testing::TempDir() + "/soak.log"), file_(Open()) {}
  ~Log() { close(file_); }

  void Rotate() {
    EXPECT_EQ(std::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
    const int before = file_;
    file_ = Open();
    close(before);
  }

 private:
  int Open() const {
    return open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  }

  const std::string path_;
  int file_;
};

RenewingPool* pool = nullptr;
Log* rotated = nullptr;

class Renewed : public testing::Environment {
 public:
  void SetUp() override {
    pool = new RenewingPool;
    pool->Run([] {});
    rotated = new Log;
  }
  void TearDown() override {
    delete pool;
    delete rotated;
  }
};

[[maybe_unused]] const bool kRegistered = [] {
  testing::AddGlobalTestEnvironment(new Renewed);
  testing::AddGlobalTestEnvironment(
      new LeakEnvironment(Options().AllowReplacement(
          Kind::kDescriptor, "*/soak.log*", "the log is rotated")));
  return true;
}();

void WorkerThatIsRenewed() {
  pool->Run([] {});
}

void LogThatIsRotated() { rotated->Rotate(); }

}  // namespace

std::vector<SoakSort> SoakSortsThatRenew() {
  return {{"WorkerThatIsRenewed", WorkerThatIsRenewed},
          {"LogThatIsRotated", LogThatIsRotated}};
}

}  // namespace leaktrap
