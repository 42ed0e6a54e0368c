// A worker that is started on first use and kept, and opens a descriptor each
// time that it is asked: its thread is one test's, the descriptors are others'.

#ifndef LEAKTRAP_CHILDREN_WORKER_H_
#define LEAKTRAP_CHILDREN_WORKER_H_

#include <fcntl.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace leaktrap::children {

class Worker {
 public:
  // The one of this process.
  static Worker& Get() {
    static auto* const worker = new Worker;
    return *worker;
  }

  void Ask(int times) {
    std::unique_lock<std::mutex> lock(mutex_);
    asked_ += times;
    changed_.notify_all();
    changed_.wait(lock, [this] { return done_ == asked_; });
  }

 private:
  Worker() {
    std::thread([this] { Run(); }).detach();
  }

  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return done_ < asked_; });
      Open();
      ++done_;
      changed_.notify_all();
    }
  }

  __attribute__((noinline)) static void Open() {
    open("/dev/null", O_RDONLY | O_CLOEXEC);
    asm("");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  int done_ = 0;
};

}  // namespace leaktrap::children

#endif  // LEAKTRAP_CHILDREN_WORKER_H_
