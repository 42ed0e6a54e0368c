// Lists the leased connections of every registered pool, and what was given
// back dirty.

#ifndef LEAKTRAP_PROBE_CONNECTION_PROBE_H_
#define LEAKTRAP_PROBE_CONNECTION_PROBE_H_

#include <memory>

#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

// Identity::source is the pool's serial, Identity::number the lease.
// Resource::name is the pool's name. The descriptors and threads of idle
// connections are listed as kept. What was given back dirty is listed, with
// source Identity::kDirtyReturns, from then on to the end: nothing undoes it.
// From the first call on, leases are watched.
std::unique_ptr<Probe> NewConnectionProbe();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_CONNECTION_PROBE_H_
