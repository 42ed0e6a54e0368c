// Calls and jumps in code.

#ifndef LEAKTRAP_STACK_CALL_SITE_H_
#define LEAKTRAP_STACK_CALL_SITE_H_

#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {

struct Call {
  // Where the called function begins, past the linker's stubs. 0 if a register
  // or memory says, whose value then is not known now.
  uintptr_t target = 0;
};

// The call that returns to `return_address`; nullopt if there is no code, or
// no call before it. Instructions of x86-64, as is all of this.
std::optional<Call> CallBefore(const LoadedCode& code,
                               uintptr_t return_address);

// Whether the function that begins at `from` may jump into `function` as its
// last act, so that a call of the one leaves a frame of the other. (By a jump
// to where a register or memory says, any function might.)
bool JumpsInto(const LoadedCode& code, uintptr_t from,
               const ByteRange& function);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_CALL_SITE_H_
