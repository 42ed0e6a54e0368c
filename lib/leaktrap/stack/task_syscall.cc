#include "leaktrap/stack/task_syscall.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace leaktrap::internal {

std::optional<TaskSyscall> ParseTaskSyscall(const std::string& text) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  TaskSyscall task;
  if (fields.size() == 1 && fields[0] == "running") {
    task.is_running = true;
    return task;
  }
  // "7 0x7ffd.. 0x1 0xffffffff 0x0 0x0 0x0 0x7ffd.. 0x7f..": the number, six
  // arguments, stack pointer, program counter; or "-1 0x7ffd.. 0x7f..".
  const size_t arguments = task.arguments.size();
  if (fields.empty() || !absl::SimpleAtoi(fields[0], &task.number) ||
      fields.size() != (task.number < 0 ? 3 : 3 + arguments)) {
    return std::nullopt;
  }
  if (task.number >= 0) {
    for (size_t i = 0; i < arguments; ++i) {
      if (!absl::SimpleHexAtoi(fields[1 + i], &task.arguments[i])) {
        return std::nullopt;
      }
    }
  }
  if (!absl::SimpleHexAtoi(fields[fields.size() - 2], &task.stack_pointer) ||
      !absl::SimpleHexAtoi(fields[fields.size() - 1], &task.instruction)) {
    return std::nullopt;
  }
  return task;
}

}  // namespace leaktrap::internal
