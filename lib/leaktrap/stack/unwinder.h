// From a frame to its callers, in a copy of a stack.

#ifndef LEAKTRAP_STACK_UNWINDER_H_
#define LEAKTRAP_STACK_UNWINDER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"

namespace leaktrap::internal {

// Where an unwinding stands. As it is constructed, and after each step, the
// registers are those of the frame that comes next.
struct UnwindState {
  Registers registers;
  // Whether the frame was interrupted at its instruction rather than left by a
  // call: then that instruction has not been executed yet.
  bool is_interrupted = true;
};

enum class UnwindEnd {
  // The outermost frame, which says of itself that it has no caller. Only this
  // proves that the frames are the thread's.
  kRoot,
  // It stands in a function whose frame is known by a register that is not.
  kUnknownRegister,
  // The copy does not hold what is needed.
  kOutsideCopy,
  // Code that nobody described, or broken descriptions.
  kNoDescription,
  kTooDeep,
};

struct Unwound {
  // Innermost first, each so that the byte before it belongs to the
  // instruction that the frame executes: what symbolizer.h looks up. For a
  // call this is the return address.
  std::vector<uintptr_t> addresses;
  UnwindEnd end = UnwindEnd::kNoDescription;
  // For each, its function's code; empty if unknown.
  std::vector<ByteRange> functions;
  // For the last frame: its state, and which register was unknown.
  UnwindState last;
  uint64_t unknown_register = Registers::kCount;
};

// Adds at most `most_frames` from `state` on. Ends whatever the memory holds.
Unwound Unwind(const LoadedCode& code, const StackCopy& stack,
               const UnwindState& state, size_t most_frames);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_UNWINDER_H_
