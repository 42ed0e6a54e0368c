// Unwinding where the frame pointer is needed and nobody knows it.

#ifndef LEAKTRAP_STACK_FRAME_POINTER_GUESS_H_
#define LEAKTRAP_STACK_FRAME_POINTER_GUESS_H_

#include <cstddef>
#include <optional>

#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/unwinder.h"

namespace leaktrap::internal {

// Goes on where `stopped` had to stop for want of the frame pointer, with the
// place of the stack that looks like its function's frame. nullopt rather than
// a doubtful one: if the function took room that the program computed
// (alloca()), if none leads to the thread's root or more than one might be it,
// if the copy does not hold the whole stack, or if there are too many to try.
// `stopped`'s frames stay as they are; those after them are "best effort".
std::optional<Unwound> GuessFramePointer(const LoadedCode& code,
                                         const StackCopy& stack,
                                         const Unwound& stopped,
                                         size_t most_frames);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_POINTER_GUESS_H_
