#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/task_file.h"
#include "leaktrap/probe/task_stat.h"

namespace leaktrap::internal {

bool HasVanished(int error) { return error == ENOENT || error == ESRCH; }

bool ReadTaskStat(const std::string& path, TaskStat* stat) {
  std::string text;
  if (!ReadProcRecord(path.c_str(), &text)) return false;
  std::optional<TaskStat> parsed = ParseTaskStat(text);
  if (!parsed) {
    errno = EBADMSG;
    return false;
  }
  *stat = *std::move(parsed);
  return true;
}

std::optional<std::chrono::nanoseconds> Age(const TaskStat& stat) {
  using std::chrono::nanoseconds;
  timespec now;
  const int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  if (ticks_per_second <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
    return std::nullopt;
  }
  const int64_t ticks = static_cast<int64_t>(stat.start_time);
  const nanoseconds start =
      std::chrono::seconds(ticks / ticks_per_second) +
      nanoseconds(ticks % ticks_per_second * 1'000'000'000 / ticks_per_second);
  const nanoseconds age =
      std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec) - start;
  return std::max(age, nanoseconds::zero());
}

}  // namespace leaktrap::internal
