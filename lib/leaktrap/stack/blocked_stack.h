// The frames of a thread that stands still.

#ifndef LEAKTRAP_STACK_BLOCKED_STACK_H_
#define LEAKTRAP_STACK_BLOCKED_STACK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {

// As in ThreadStack.
struct BlockedStack {
  std::vector<uintptr_t> addresses;
  size_t exact = 0;
  bool is_complete = false;
  std::string why_not;
};

// Unwinds a copy of the stack of a thread of this process that stands at
// `place`. `stack_end`: an address that its stack does not reach, 0 if unknown.
// If the thread moves meanwhile the result is of no worth, but harmless.
BlockedStack UnwindBlockedThread(const TaskSyscall& place, uintptr_t stack_end);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_BLOCKED_STACK_H_
