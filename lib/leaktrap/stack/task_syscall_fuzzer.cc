// Texts that may or may not be of /proc/PID/task/TID/syscall.

#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

std::string Hex(uint64_t number) {
  char text[32];
  snprintf(text, sizeof(text), " 0x%" PRIx64, number);
  return text;
}

// As the kernel writes it.
std::string Written(const TaskSyscall& task) {
  if (task.is_running) return "running\n";
  std::string text = std::to_string(task.number);
  if (task.number >= 0) {
    for (const uint64_t argument : task.arguments) text += Hex(argument);
  }
  return text + Hex(task.stack_pointer) + Hex(task.instruction) + "\n";
}

void Check(const std::string& text) {
  const std::optional<TaskSyscall> task = ParseTaskSyscall(text);
  if (!task) return;
  const std::optional<TaskSyscall> again = ParseTaskSyscall(Written(*task));
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->is_running == task->is_running &&
             again->number == task->number &&
             again->stack_pointer == task->stack_pointer &&
             again->instruction == task->instruction);
  if (task->number >= 0) FUZZ_CHECK(again->arguments == task->arguments);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
