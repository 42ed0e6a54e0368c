#include "leaktrap/check/clock.h"

#include <chrono>
#include <thread>

namespace leaktrap::internal {
namespace {

class RealClock : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() override {
    return std::chrono::steady_clock::now();
  }
  void Sleep(std::chrono::nanoseconds duration) override {
    std::this_thread::sleep_for(duration);
  }
};

}  // namespace

Clock& SystemClock() {
  static Clock* const clock = new RealClock;
  return *clock;
}

}  // namespace leaktrap::internal
