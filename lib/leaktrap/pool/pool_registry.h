// Every pool that is registered, and the leases of those that died too early:
// what the connection probe looks at.

#ifndef LEAKTRAP_POOL_POOL_REGISTRY_H_
#define LEAKTRAP_POOL_POOL_REGISTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/pool/connection_pool.h"

namespace leaktrap::internal {

struct RegisteredPool {
  uint64_t serial = 0;  // PoolRegistration::serial()
  std::string name;
  // False for a pool that died; its connections are then the leases that were
  // outstanding at its death and have not come back since.
  bool alive = true;
  std::vector<PooledConnection> connections;
};

// All pools, in the order of their registration. Thread-safe.
std::vector<RegisteredPool> ListPools();

// From now on, pools that die with leases outstanding are remembered. Off until
// a verifier asks for it: production code must not collect what nobody reads.
void RememberLeasesOfDeadPools();

// A lease of a pool that died came back.
void ForgetLeaseOfDeadPool(uint64_t serial, uint64_t lease);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_POOL_REGISTRY_H_
