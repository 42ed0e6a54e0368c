// Lists the threads of this process.

#ifndef LEAKTRAP_PROBE_THREAD_PROBE_H_
#define LEAKTRAP_PROBE_THREAD_PROBE_H_

#include <cstddef>
#include <memory>

#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/quick_probe.h"

namespace leaktrap::internal {

// Where /proc lists the threads.
inline constexpr char kThreadDirectory[] = "/proc/self/task";

// Resource::name is the thread's name (comm).
std::unique_ptr<Probe> NewThreadProbe();
std::unique_ptr<Probe> NewThreadProbe(const KernelTells& tells);

// How many threads there are, in the kernel's own count; 0 if it does not say.
// `directory` is kThreadDirectory, or the same by a path that costs less.
size_t ThreadCount(const char* directory = kThreadDirectory);

// The calling thread's id as /proc numbers it, which differs from gettid() when
// /proc belongs to another pid namespace. 0 with errno set if it cannot be
// told.
int OwnProcTid();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_THREAD_PROBE_H_
