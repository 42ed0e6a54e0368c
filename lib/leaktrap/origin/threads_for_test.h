// Threads that tests make, and hold.

#ifndef LEAKTRAP_ORIGIN_THREADS_FOR_TEST_H_
#define LEAKTRAP_ORIGIN_THREADS_FOR_TEST_H_

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

// Where threads wait; without spinning, since there may be a thousand.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  void Set(bool open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline Gate gate;
// Of the thread that began last.
inline std::atomic<int> body_tid{0};

inline void* Body(void*) {
  body_tid = CurrentTid();
  gate.Wait();
  return nullptr;
}

template <typename Condition>
void WaitUntil(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

inline pthread_t Create(void* (*body)(void*), bool detached = false) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, detached ? PTHREAD_CREATE_DETACHED
                                                    : PTHREAD_CREATE_JOINABLE);
  pthread_t handle;
  EXPECT_EQ(pthread_create(&handle, &attributes, body, nullptr), 0);
  pthread_attr_destroy(&attributes);
  return handle;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_THREADS_FOR_TEST_H_
