#include "examples/legacy_suite/worker_pool.h"

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "examples/legacy_suite/mended.h"

namespace mail {

WorkerPool::WorkerPool(int workers) {
  for (int i = 0; i < workers; ++i) {
    threads_.emplace_back([queue = queue_] { Work(queue.get()); });
  }
}

WorkerPool::~WorkerPool() {
  for (std::thread& thread : threads_) thread.detach();
}

void WorkerPool::Work(Queue* queue) {
  std::unique_lock<std::mutex> lock(queue->mutex);
  for (;;) {
    queue->changed.wait(
        lock, [&] { return queue->is_closed || !queue->tasks.empty(); });
    if (queue->tasks.empty()) return;
    const std::function<void()> task = std::move(queue->tasks.front());
    queue->tasks.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

void WorkerPool::Post(std::function<void()> task) {
  std::lock_guard<std::mutex> lock(queue_->mutex);
  queue_->tasks.push_back(std::move(task));
  queue_->changed.notify_one();
}

void WorkerPool::Finish() {
  {
    std::lock_guard<std::mutex> lock(queue_->mutex);
    queue_->is_closed = true;
  }
  queue_->changed.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::Cancel() {
  {
    std::lock_guard<std::mutex> lock(queue_->mutex);
    queue_->tasks.clear();
  }
  if (Mended(6)) Finish();
}

}  // namespace mail
