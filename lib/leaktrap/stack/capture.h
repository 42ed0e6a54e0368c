// The calling thread's stack.

#ifndef LEAKTRAP_STACK_CAPTURE_H_
#define LEAKTRAP_STACK_CAPTURE_H_

#include <cstdint>

namespace leaktrap::internal {

// Writes the return addresses of the calling thread to `addresses`, the
// innermost first, at most `max` of them, and returns how many. It begins with
// `first`, where that is on the stack: a wrapper gives what
// __builtin_return_address(0) says, so that nothing of the wrapper's own is
// shown, however much of it was inlined. Null begins with the caller.
//
// By libgcc's unwinder, which needs no frame pointers, no heap and, with glibc
// 2.35 or newer, no lock: may be called by a signal handler. Errno is kept.
int CaptureStack(const void* first, uintptr_t* addresses, int max);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_CAPTURE_H_
