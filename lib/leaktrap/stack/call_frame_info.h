// How to find the caller's registers, at a place in a function.

#ifndef LEAKTRAP_STACK_CALL_FRAME_INFO_H_
#define LEAKTRAP_STACK_CALL_FRAME_INFO_H_

#include <array>
#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/registers.h"

namespace leaktrap::internal {

// Where the caller's value of a register is. "CFA", canonical frame address, is
// what the stack pointer was before the call.
struct RegisterRule {
  enum class Kind {
    kUnsaid,
    kSame,
    kUndefined,
    kInMemory,            // at CFA + number
    kIsValue,             // CFA + number
    kInRegister,          // number
    kInMemoryExpression,  // at what the expression says
    kIsExpression,
  };

  Kind kind = Kind::kUnsaid;
  int64_t number = 0;
  ByteRange expression;
};

struct UnwindRules {
  std::array<RegisterRule, Registers::kCount> registers;
  // CFA: register plus offset, or the expression if there is one.
  uint64_t cfa_register = Registers::kCount;
  int64_t cfa_offset = 0;
  ByteRange cfa_expression;
};

// The rules in force before the instruction at `address` of the described
// function; nullopt if the description is broken or of a form that is not
// understood.
std::optional<UnwindRules> RulesAt(const FrameDescription& description,
                                   uintptr_t address);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_CALL_FRAME_INFO_H_
