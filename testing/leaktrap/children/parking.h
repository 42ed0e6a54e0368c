// Where threads of child tests wait until they are let go, and how to wait for
// them.

#ifndef LEAKTRAP_CHILDREN_PARKING_H_
#define LEAKTRAP_CHILDREN_PARKING_H_

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace leaktrap::children {

class Parking {
 public:
  void Park() {
    std::unique_lock<std::mutex> lock(mutex_);
    taken_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  // Until a thread has come: before that it has not begun, and nobody can say
  // what it does.
  void AwaitThread() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return taken_; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool taken_ = false;
};

// Leaves a thread behind that waits for ever.
inline void LeakThread() {
  static auto* const parking = new Parking;
  std::thread([] { parking->Park(); }).detach();
}

// Until the kernel does not list the thread of this process any more, which is
// later than what pthread_join(3) waits for.
inline void AwaitEndOf(pid_t tid) {
  while (syscall(SYS_tgkill, getpid(), tid, 0) == 0) usleep(100);
}

}  // namespace leaktrap::children

#endif  // LEAKTRAP_CHILDREN_PARKING_H_
