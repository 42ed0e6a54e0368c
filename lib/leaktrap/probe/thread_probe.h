// Lists the threads of this process.

#ifndef LEAKTRAP_PROBE_THREAD_PROBE_H_
#define LEAKTRAP_PROBE_THREAD_PROBE_H_

#include <memory>

#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

// Resource::name is the thread's name (comm).
std::unique_ptr<Probe> NewThreadProbe();

// The calling thread's id as /proc numbers it, which differs from gettid() when
// /proc belongs to another pid namespace. 0 with errno set if it cannot be
// told.
int OwnProcTid();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_THREAD_PROBE_H_
