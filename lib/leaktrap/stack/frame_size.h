// How large a function's frame is.

#ifndef LEAKTRAP_STACK_FRAME_SIZE_H_
#define LEAKTRAP_STACK_FRAME_SIZE_H_

#include <cstdint>
#include <optional>

#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {

struct FrameSize {
  uint64_t least = 0;
  // More than the least where the frame is aligned; UINT64_MAX where the
  // function takes room that the program computes, as by alloca().
  uint64_t most = 0;
};

// How far the stack pointer is below the frame pointer at `place` (before the
// instruction there) in a function that keeps a frame pointer, going by its
// first instructions. nullopt if nothing is known of the function.
// Instructions of x86-64.
std::optional<FrameSize> FrameSizeAt(const LoadedCode& code, uintptr_t place);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_SIZE_H_
