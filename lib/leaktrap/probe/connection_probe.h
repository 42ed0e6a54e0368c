// Lists the leased connections of every registered pool.

#ifndef LEAKTRAP_PROBE_CONNECTION_PROBE_H_
#define LEAKTRAP_PROBE_CONNECTION_PROBE_H_

#include <memory>

#include "leaktrap/probe/probe.h"

namespace leaktrap::internal {

// Identity::source is the pool's serial, Identity::number the lease.
// Resource::name is the pool's name. The descriptors of idle connections are
// listed as kept. From the first call on, leases of dying pools are remembered.
std::unique_ptr<Probe> NewConnectionProbe();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_CONNECTION_PROBE_H_
