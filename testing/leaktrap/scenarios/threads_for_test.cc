// Threads that nobody joins.

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

// Tells threads to end. Shared by them, since some outlive their owner.
class Stop {
 public:
  void Request() {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto requested = [this] { return requested_; };
    changed_.wait(lock, requested);  // WAIT: Detached PoolFails StartsLate
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
};

void Wait(const std::shared_ptr<Stop>& stop) { stop->Wait(); }

// A library that has a thread clear up behind it as long as it is in use.
class Library {
 public:
  void OpenSocket() { StartCollector(); }

  void Release() {
    if (!collector_.joinable()) return;
    stop_->Request();
    collector_.join();
    is_released_ = true;
  }

 protected:
  void StartCollector() {
    if (collector_.joinable()) return;
    stop_ = std::make_shared<Stop>();
    collector_ = std::thread(Wait, stop_);  // LEAK: StartsLate
  }

  bool is_released_ = false;

 private:
  std::shared_ptr<Stop> stop_;
  std::thread collector_;
};

class RefusingLibrary : public Library {
 public:
  void OpenSocket() {
    if (!is_released_) StartCollector();
  }
};

// Like a library's own object, it lives until the program ends.
template <typename L>
void OpenASocketBehindTheRelease() {
  static auto* const library = new L;
  library->OpenSocket();
  library->Release();
  library->OpenSocket();
}

TEST(Leaking, StartsLate) { OpenASocketBehindTheRelease<Library>(); }
TEST(Fixed, StartsLate) { OpenASocketBehindTheRelease<RefusingLibrary>(); }

// More than there are addresses for.
constexpr size_t kNoSuchStack = size_t{1} << 48;

class Workers {
 public:
  // One for each size of a stack.
  void Start(const std::vector<size_t>& stacks) {
    for (const size_t stack : stacks) StartOne(stack);
  }
  void StopAndJoin() {
    stop_->Request();
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  }

 private:
  static void* Work(void* argument) {
    const std::unique_ptr<std::shared_ptr<Stop>> stop(
        static_cast<std::shared_ptr<Stop>*>(argument));
    (*stop)->Wait();
    return nullptr;
  }

  void StartOne(size_t stack) {
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, stack);
    auto stop = std::make_unique<std::shared_ptr<Stop>>(stop_);
    void* const argument = stop.get();
    pthread_t thread;
    const int e =
        pthread_create(&thread, &attr, Work, argument);  // LEAK: PoolFails
    pthread_attr_destroy(&attr);
    if (e != 0) throw std::system_error(e, std::generic_category());
    stop.release();
    threads_.push_back(thread);
  }

  const std::shared_ptr<Stop> stop_ = std::make_shared<Stop>();
  std::vector<pthread_t> threads_;
};

// Whose destructor does not run if its constructor throws.
class Pool {
 public:
  explicit Pool(const std::vector<size_t>& stacks) { workers_.Start(stacks); }
  ~Pool() { workers_.StopAndJoin(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  Workers workers_;
};

class FixedPool {
 public:
  explicit FixedPool(const std::vector<size_t>& stacks) {
    try {
      workers_.Start(stacks);
    } catch (...) {
      workers_.StopAndJoin();
      throw;
    }
  }
  ~FixedPool() { workers_.StopAndJoin(); }
  FixedPool(const FixedPool&) = delete;
  FixedPool& operator=(const FixedPool&) = delete;

 private:
  Workers workers_;
};

template <typename P>
void FailAtTheThird() {
  constexpr size_t kStack = size_t{1} << 18;
  EXPECT_THROW(P({kStack, kStack, kNoSuchStack, kStack}), std::system_error);
}

TEST(Leaking, PoolFails) { FailAtTheThird<Pool>(); }
TEST(Fixed, PoolFails) { FailAtTheThird<FixedPool>(); }

// Beats until it is told to stop, which nobody can do once its owner is gone.
class Heartbeat {
 public:
  Heartbeat() {
    thread_ = std::thread(Wait, stop_);  // LEAK: Detached
  }
  ~Heartbeat() {
    if (thread_.joinable()) thread_.detach();
  }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 protected:
  const std::shared_ptr<Stop> stop_ = std::make_shared<Stop>();
  std::thread thread_;
};

class StoppedHeartbeat : public Heartbeat {
 public:
  ~StoppedHeartbeat() {
    stop_->Request();
    thread_.join();
  }
};

TEST(Leaking, Detached) { const Heartbeat heartbeat; }
TEST(Fixed, Detached) { const StoppedHeartbeat heartbeat; }

// Lets go of its thread if that still runs, and only then.
class Job {
 public:
  Job() {
    auto* const argument = new std::shared_ptr<std::atomic<bool>>(runs_);
    pthread_create(&thread_, nullptr, Run, argument);  // LEAK: NeverJoined
  }
  ~Job() {
    if (*runs_) pthread_detach(thread_);
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  void AwaitEnd() const {
    while (*runs_) std::this_thread::yield();
  }

 protected:
  pthread_t thread_;

 private:
  static void* Run(void* argument) {
    const std::unique_ptr<std::shared_ptr<std::atomic<bool>>> runs(
        static_cast<std::shared_ptr<std::atomic<bool>>*>(argument));
    **runs = false;
    return nullptr;
  }

  const std::shared_ptr<std::atomic<bool>> runs_ =
      std::make_shared<std::atomic<bool>>(true);
};

class JoinedJob : public Job {
 public:
  ~JoinedJob() { pthread_join(thread_, nullptr); }
};

TEST(Leaking, NeverJoined) { Job().AwaitEnd(); }
TEST(Fixed, NeverJoined) { JoinedJob().AwaitEnd(); }

}  // namespace
}  // namespace scenarios
