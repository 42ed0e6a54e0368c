// Every pool that is registered, and what is left of those that died: their
// outstanding leases, and how they had been used.

#ifndef LEAKTRAP_POOL_POOL_REGISTRY_H_
#define LEAKTRAP_POOL_POOL_REGISTRY_H_

#include <cstdint>
#include <optional>
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
  bool only_this_process_changes_it = false;
  bool other_pools_are_made_of_it = false;
  std::string release_advice;
};

// All pools, in the order of their registration. Thread-safe.
std::vector<RegisteredPool> ListPools();

// A lease of a pool that died came back.
void ForgetLeaseOfDeadPool(uint64_t serial, uint64_t lease);

struct PoolUsage {
  uint64_t serial = 0;  // PoolRegistration::serial()
  std::string name;
  bool alive = true;
  // The most that were leased at one time since the last TakePoolUsage(); never
  // fewer than counts.leased. Nothing if the pool cannot tell.
  std::optional<int> peak_leased;
  // Of a pool that died: at its death.
  PoolCounts counts;
};

// What each pool did since the last call, in the order of registration. A pool
// that died since then is told of once more, but only if it died after the
// first call: production code must not collect what nobody reads. One pool
// stands at most once in one answer: of a pool that dies while it is being told
// of, the rest follows in the next. Thread-safe, but each caller takes from the
// others: meant for one.
std::vector<PoolUsage> TakePoolUsage();

// How many connections the living pools have leased out, but for handles that
// other pools are made of. Takes nothing, allocates nothing. Thread-safe; not
// to be called while a lock is held that a pool's Counts() takes.
int64_t CountLeased();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_POOL_REGISTRY_H_
