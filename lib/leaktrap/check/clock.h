// Time, passed in, so that waiting is tested without waiting.

#ifndef LEAKTRAP_CHECK_CLOCK_H_
#define LEAKTRAP_CHECK_CLOCK_H_

#include <chrono>

namespace leaktrap::internal {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::steady_clock::time_point Now() = 0;
  virtual void Sleep(std::chrono::nanoseconds duration) = 0;
};

// The real one; never destroyed.
Clock& SystemClock();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_CLOCK_H_
