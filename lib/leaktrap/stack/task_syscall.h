// What the kernel says of a thread's place in the program.

#ifndef LEAKTRAP_STACK_TASK_SYSCALL_H_
#define LEAKTRAP_STACK_TASK_SYSCALL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace leaktrap::internal {

struct TaskSyscall {
  bool is_running = false;
  // The system call; negative if the thread waits in none (for a page, say).
  // Nothing from here on is meant when it runs.
  int64_t number = -1;
  // Unspecified outside a system call.
  std::array<uint64_t, 6> arguments{};
  // 0 for a thread that has no stack of its own, or none any more.
  uint64_t stack_pointer = 0;
  // In a system call, the instruction after it.
  uint64_t instruction = 0;
};

// Reads the text of /proc/PID/task/TID/syscall; nullopt if it is of another
// form.
std::optional<TaskSyscall> ParseTaskSyscall(const std::string& text);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_TASK_SYSCALL_H_
