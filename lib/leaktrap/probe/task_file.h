// Reads what /proc says of one thread or process.

#ifndef LEAKTRAP_PROBE_TASK_FILE_H_
#define LEAKTRAP_PROBE_TASK_FILE_H_

#include <chrono>
#include <optional>
#include <string>

#include "leaktrap/probe/task_stat.h"

namespace leaktrap::internal {

// Whether an errno value means that there is no such thread or process any
// more.
bool HasVanished(int error);

// Reads the stat file at `path`. False with errno set if it cannot be read:
// EBADMSG for a text of another form.
bool ReadTaskStat(const std::string& path, TaskStat* stat);

// How long it has existed, also while the machine slept. Nothing if the clock
// cannot be read.
std::optional<std::chrono::nanoseconds> Age(const TaskStat& stat);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_TASK_FILE_H_
