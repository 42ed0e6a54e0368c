// Reads the text of /proc/PID/task/TID/stat.

#ifndef LEAKTRAP_PROBE_THREAD_STAT_H_
#define LEAKTRAP_PROBE_THREAD_STAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leaktrap::internal {

struct ThreadStat {
  std::string name;         // as it is: may hold brackets, blanks, newlines
  char state = '?';         // proc_pid_stat(5)'s letter
  uint64_t start_time = 0;  // in clock ticks since boot
};

// Nothing if `text` is not of the kernel's form.
std::optional<ThreadStat> ParseThreadStat(std::string_view text);

// "running", "sleeping", ...; for a letter that is not known, "in state Q".
std::string ThreadStateText(char state);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_THREAD_STAT_H_
