// A place where threads of child tests wait until they are let go.

#ifndef LEAKTRAP_CHILDREN_PARKING_H_
#define LEAKTRAP_CHILDREN_PARKING_H_

#include <condition_variable>
#include <mutex>
#include <thread>

namespace leaktrap::children {

class Parking {
 public:
  void Park() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
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
};

// Leaves a thread behind that waits for ever.
inline void LeakThread() {
  static auto* const parking = new Parking;
  std::thread([] { parking->Park(); }).detach();
}

}  // namespace leaktrap::children

#endif  // LEAKTRAP_CHILDREN_PARKING_H_
