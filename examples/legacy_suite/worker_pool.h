// Threads that take tasks from one queue.

#ifndef EXAMPLES_LEGACY_SUITE_WORKER_POOL_H_
#define EXAMPLES_LEGACY_SUITE_WORKER_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mail {

class WorkerPool {
 public:
  explicit WorkerPool(int workers);
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Post(std::function<void()> task);

  // Runs what is posted, and ends the threads.
  void Finish();

  // Forgets what is posted and not begun.
  void Cancel();

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;
    bool is_closed = false;
  };

  static void Work(Queue* queue);

  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::vector<std::thread> threads_;
};

}  // namespace mail

#endif  // EXAMPLES_LEGACY_SUITE_WORKER_POOL_H_
