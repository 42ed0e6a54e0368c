// Whether anybody looks at what pools lend.

#ifndef LEAKTRAP_POOL_WATCHING_H_
#define LEAKTRAP_POOL_WATCHING_H_

#include <atomic>

namespace leaktrap::internal {

// Read at each checkout of each pool in production.
inline std::atomic<bool> leases_are_watched{false};

// From now on, leases are noted with who took them, pools that die with leases
// outstanding are remembered, and so is what is given back dirty. Off until a
// verifier asks for it: production code must not collect what nobody reads.
inline void WatchLeases() {
  leases_are_watched.store(true, std::memory_order_relaxed);
}

inline bool LeasesAreWatched() {
  return leases_are_watched.load(std::memory_order_relaxed);
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_POOL_WATCHING_H_
