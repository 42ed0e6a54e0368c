// What calculating and system calls change of the calling thread.

#ifndef LEAKTRAP_CALLERS_STATE_H_
#define LEAKTRAP_CALLERS_STATE_H_

#include <cerrno>
#ifdef __SSE__
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace leaktrap::internal {

// Puts back errno and the floating-point environment where it ends. Meanwhile
// the latter is as at a program's start: what a report calculates would end a
// program that traps what is inexact.
class CallersState {
 public:
  CallersState();
  ~CallersState();
  CallersState(const CallersState&) = delete;
  CallersState& operator=(const CallersState&) = delete;

 private:
  const int errno_;
#ifdef __SSE__
  // By itself: fegetenv(3) and fesetenv(3) also take the state of long doubles,
  // which are not used here, and ten times as long.
  static constexpr unsigned kAtStart = 0x1f80;
  const unsigned floating_point_;
#else
  fenv_t floating_point_;
#endif
};

#ifdef __SSE__
inline CallersState::CallersState()
    : errno_(errno), floating_point_(_mm_getcsr()) {
  _mm_setcsr(kAtStart);
}
#else
inline CallersState::CallersState() : errno_(errno) {
  fegetenv(&floating_point_);
  fesetenv(FE_DFL_ENV);
}
#endif

inline CallersState::~CallersState() {
#ifdef __SSE__
  _mm_setcsr(floating_point_);
#else
  fesetenv(&floating_point_);
#endif
  errno = errno_;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CALLERS_STATE_H_
