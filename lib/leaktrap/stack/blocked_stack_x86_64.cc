#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "leaktrap/stack/blocked_stack.h"
#include "leaktrap/stack/frame_pointer_guess.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/stack/unwinder.h"

namespace leaktrap::internal {

#if defined(__x86_64__)

namespace {

// Most waiting threads have less above them; each further copy is larger.
constexpr size_t kFirstCopy = size_t{16} << 10;
constexpr size_t kGrowth = 8;
// As large as stacks are by default.
constexpr size_t kLargestCopy = size_t{8} << 20;

constexpr size_t kMostFrames = 1000;

UnwindState StateAt(const TaskSyscall& place) {
  UnwindState state;
  state.registers.Set(Registers::kStackPointer, place.stack_pointer);
  state.registers.Set(Registers::kInstruction, place.instruction);
  return state;
}

bool LargerCopyMayHelp(const Unwound& unwound) {
  return unwound.end == UnwindEnd::kOutsideCopy ||
         unwound.end == UnwindEnd::kUnknownRegister;
}

}  // namespace

BlockedStack UnwindBlockedThread(const TaskSyscall& place,
                                 uintptr_t stack_end) {
  BlockedStack stack;
  for (size_t size = kFirstCopy;; size *= kGrowth) {
    const std::optional<StackCopy> copy =
        CopyStack(place.stack_pointer, stack_end, size, &stack.why_not);
    if (!copy) return stack;
    Unwound unwound;
    WithLoadedCode([&](const LoadedCode& code) {
      unwound = Unwind(code, *copy, StateAt(place), kMostFrames);
      stack.exact = unwound.addresses.size();
      auto guessed = GuessFramePointer(code, *copy, unwound, kMostFrames);
      if (guessed) unwound = *std::move(guessed);
    });
    if (LargerCopyMayHelp(unwound) && !copy->is_whole() &&
        size < kLargestCopy) {
      continue;
    }
    stack.is_complete = unwound.end == UnwindEnd::kRoot;
    stack.addresses = std::move(unwound.addresses);
    // The kernel gives the address after the system call's instruction.
    if (place.number >= 0) --stack.addresses.front();
    return stack;
  }
}

#else

BlockedStack UnwindBlockedThread(const TaskSyscall&, uintptr_t) {
  BlockedStack stack;
  stack.why_not = "not supported on this architecture";
  return stack;
}

#endif

}  // namespace leaktrap::internal
