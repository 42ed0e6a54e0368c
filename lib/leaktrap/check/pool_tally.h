// What pools did during a scope, and the limits on it: MaxLeased, MaxIdle,
// MaxDiscarded.

#ifndef LEAKTRAP_CHECK_POOL_TALLY_H_
#define LEAKTRAP_CHECK_POOL_TALLY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/check/rules.h"
#include "leaktrap/pool/pool_registry.h"

namespace leaktrap::internal {

// Adds up what TakePoolUsage() says while the scope is the innermost one. What
// happens in a scope within it is that scope's.
class PoolTally {
 public:
  // The scope begins, or goes on after one within it: what pools did until now
  // is not its own.
  void Resume(const std::vector<PoolUsage>& usage);

  // The scope ends, or one within it begins: what pools did since Resume() is
  // its own.
  void Add(const std::vector<PoolUsage>& usage);

  // What pools did in a scope within this one, which had not the last word on
  // it, is this one's too.
  void Absorb(const PoolTally& inner);

  // A line for each limit that was exceeded, and for each pool that cannot tell
  // whether one was. Counts the limits that match a pool as used.
  std::vector<std::string> Exceeded(const std::vector<PoolLimit>& limits) const;

 private:
  struct Pool {
    std::string name;
    std::optional<int> peak_leased = 0;  // nothing if the pool cannot tell
    int idle = 0;
    int idle_before = 0;
    std::optional<int64_t> discarded = 0;  // the same
    int64_t discarded_before = 0;  // in the pool's own count, not the scope's
  };

  std::map<uint64_t, Pool> pools_;  // by serial
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_POOL_TALLY_H_
