// What tests of the recorder share.

#ifndef LEAKTRAP_ORIGIN_RECORDED_FOR_TEST_H_
#define LEAKTRAP_ORIGIN_RECORDED_FOR_TEST_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/origin/recording.h"

// A sanitizer's interceptors, or threads, differ from the C library's.
#if defined(__SANITIZE_THREAD__)
#define LEAKTRAP_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEAKTRAP_UNDER_TSAN 1
#endif
#endif

namespace leaktrap::internal {

#ifdef LEAKTRAP_UNDER_TSAN
inline constexpr bool kUnderTsan = true;
#else
inline constexpr bool kUnderTsan = false;
#endif

// Releases, by the proper call, what a Make has made.
using Undo = std::function<void()>;

// A function that makes something. A captureless lambda; it does not end with
// the creating call, which would leave no frame of it.
using Make = Undo (*)();

// Calls `make`, so that IsFromMake() can tell.
Undo CallMake(Make make);

// True if `stack` begins, as far as it lies in this executable, in the function
// that CallMake() called. Without optimisation a lambda is two frames, and the
// inline functions of a library's headers are more.
bool IsFromMake(const std::vector<uintptr_t>& stack, int most_frames = 2);

// The numbers below 1,024 that are open, without making one.
std::set<int> OpenNumbers();

// What the record of `fd` says: "open"; "" if there is none.
std::string CallThatMade(int fd);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_RECORDED_FOR_TEST_H_
