#include "leaktrap/check/pool_tally.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {

void PoolTally::Resume(const std::vector<PoolUsage>& usage) {
  for (const PoolUsage& used : usage) {
    Pool& pool = pools_[used.serial];
    pool.name = used.name;
    pool.discarded_before = used.counts.discarded;
    pool.idle_before = used.counts.idle;
  }
}

void PoolTally::Add(const std::vector<PoolUsage>& usage) {
  for (const PoolUsage& used : usage) {
    Pool& pool = pools_[used.serial];
    pool.name = used.name;
    if (pool.peak_leased.has_value() && used.peak_leased.has_value()) {
      pool.peak_leased = std::max(*pool.peak_leased, *used.peak_leased);
    } else {
      pool.peak_leased = std::nullopt;
    }
    pool.idle = used.alive ? used.counts.idle : 0;
    if (used.counts.discarded < 0) {
      pool.discarded = std::nullopt;
    } else if (pool.discarded.has_value()) {
      *pool.discarded += used.counts.discarded - pool.discarded_before;
    }
    pool.discarded_before = used.counts.discarded;
  }
}

void PoolTally::Absorb(const PoolTally& inner) {
  for (const auto& [serial, theirs] : inner.pools_) {
    Pool& pool = pools_[serial];
    pool.name = theirs.name;
    if (pool.peak_leased.has_value() && theirs.peak_leased.has_value()) {
      pool.peak_leased = std::max(*pool.peak_leased, *theirs.peak_leased);
    } else {
      pool.peak_leased = std::nullopt;
    }
    if (pool.discarded.has_value() && theirs.discarded.has_value()) {
      *pool.discarded += *theirs.discarded;
    } else {
      pool.discarded = std::nullopt;
    }
  }
}

std::vector<std::string> PoolTally::Exceeded(
    const std::vector<PoolLimit>& limits) const {
  std::vector<std::string> lines;
  for (const PoolLimit& limit : limits) {
    for (const auto& [serial, pool] : pools_) {
      const std::string name = Printable(pool.name);
      if (fnmatch(limit.pool_glob.c_str(), name.c_str(), 0) != 0) continue;
      ++limit.use->matches;
      auto exceeded = [&](int64_t count, const char* what) {
        if (count <= limit.count) return;
        lines.push_back(absl::StrCat("pool \"", name, "\" ", what, " ", count,
                                     " of its connections; ", limit.use->rule,
                                     " allows ", limit.count));
      };
      switch (limit.what) {
        case PoolLimit::What::kLeased:
          if (pool.peak_leased.has_value()) {
            exceeded(*pool.peak_leased, "had leased at one time");
          } else {
            lines.push_back(absl::StrCat(
                "pool \"", name, "\" cannot tell how many of its ",
                "connections were leased at one time, which ", limit.use->rule,
                " asks for; implement ConnectionPool::TakePeakLeased"));
          }
          break;
        case PoolLimit::What::kIdle:
          // What it kept before is not this scope's doing.
          if (pool.idle > pool.idle_before) exceeded(pool.idle, "keeps idle");
          break;
        case PoolLimit::What::kDiscarded:
          if (pool.discarded.has_value()) {
            exceeded(*pool.discarded, "discarded");
          } else {
            lines.push_back(absl::StrCat(
                "pool \"", name, "\" cannot tell how many of its ",
                "connections it discarded, which ", limit.use->rule,
                " asks for; its own books could: see LeaseLedger"));
          }
          break;
      }
    }
  }
  return lines;
}

}  // namespace leaktrap::internal
