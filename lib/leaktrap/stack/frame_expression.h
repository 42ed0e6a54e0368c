// Formulas in call frame information.

#ifndef LEAKTRAP_STACK_FRAME_EXPRESSION_H_
#define LEAKTRAP_STACK_FRAME_EXPRESSION_H_

#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"

namespace leaktrap::internal {

// The value of a DWARF expression; memory is read in the copy of the stack.
// `start` is what lies on its stack of numbers at first. nullopt if it cannot
// be computed. Jumps are not understood: no compiler writes them there, and
// without them it ends.
std::optional<uint64_t> EvaluateExpression(ByteRange expression,
                                           const Registers& registers,
                                           const StackCopy& stack,
                                           std::optional<uint64_t> start);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_FRAME_EXPRESSION_H_
