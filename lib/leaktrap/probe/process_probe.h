// Lists the children of this process that nobody has waited for.

#ifndef LEAKTRAP_PROBE_PROCESS_PROBE_H_
#define LEAKTRAP_PROBE_PROCESS_PROBE_H_

#include <memory>
#include <optional>

#include "leaktrap/probe/children_list.h"
#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

// Those of all threads, running, stopped or zombies, each the same resource
// until it is reaped; also those that it adopted as a subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER). Resource::name is the command (comm).
//
// Without a child a look is one system call. With one, `by` says how they are
// listed; where it is left open, by the kernel's lists if it keeps them.
std::unique_ptr<Probe> NewProcessProbe(
    std::optional<ChildrenBy> by = std::nullopt);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PROCESS_PROBE_H_
