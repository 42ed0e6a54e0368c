// Threads that are proven to stand still, and what was read to prove it: while
// they do, nothing of it has to be read again.

#ifndef LEAKTRAP_PROBE_STANDING_THREADS_H_
#define LEAKTRAP_PROBE_STANDING_THREADS_H_

#include <cstdint>
#include <map>

#include "leaktrap/probe/task_stat.h"
#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {

struct StandingThread {
  TaskStat stat;
  TaskSyscall place;
};

// By their ids as /proc numbers them.
using StandingThreads = std::map<uint64_t, StandingThread>;

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_STANDING_THREADS_H_
