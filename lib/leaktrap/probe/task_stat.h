// Reads the text of /proc/PID/stat and of /proc/PID/task/TID/stat.

#ifndef LEAKTRAP_PROBE_TASK_STAT_H_
#define LEAKTRAP_PROBE_TASK_STAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leaktrap::internal {

struct TaskStat {
  std::string name;         // as it is: may hold brackets, blanks, newlines
  char state = '?';         // proc_pid_stat(5)'s letter
  uint64_t parent = 0;      // its process; 0 if it is not to be seen here
  uint64_t flags = 0;       // PF_* of the kernel
  uint64_t start_time = 0;  // in clock ticks since boot
};

// Nothing if `text` is not of the kernel's form.
std::optional<TaskStat> ParseTaskStat(std::string_view text);

// "running", "sleeping", ...; for a letter that is not known, "in state Q".
std::string TaskStateText(char state);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_TASK_STAT_H_
