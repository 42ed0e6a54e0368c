// What one look saw, and the difference of two looks.

#ifndef LEAKTRAP_CHECK_SNAPSHOT_H_
#define LEAKTRAP_CHECK_SNAPSHOT_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/reported.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// All that there is. Looks between which nothing changed share one.
struct Sight {
  std::vector<Identity> identities;   // sorted
  std::vector<int> kept_descriptors;  // sorted
  std::vector<pid_t> kept_threads;    // sorted
  std::map<uint64_t, KeptConnections> kept_connections;
  std::vector<uint64_t> user_probes;  // those that were asked, sorted

  friend bool operator==(const Sight& a, const Sight& b) {
    return a.identities == b.identities &&
           a.kept_descriptors == b.kept_descriptors &&
           a.kept_threads == b.kept_threads &&
           a.kept_connections == b.kept_connections &&
           a.user_probes == b.user_probes;
  }
};

struct Snapshot {
  std::shared_ptr<const Sight> seen = NothingSeen();  // never null
  std::string error;  // of the probes that could not look; empty if all could

  // Of an OriginSource, after the probes had looked.
  uint64_t last_sequence = 0;
  uint64_t releases = 0;

  // Whether what `later` shows, which a later look or this one saw, was there.
  bool Has(const Identity& later) const;

  static std::shared_ptr<const Sight> NothingSeen();
};

// What is in `after` and not in `before`, or was kept on purpose then and is
// not any more. Not what is kept on purpose now, what was `reported` already,
// and what a probe shows that `before` did not ask yet. Sorted.
std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const Reported& reported);

// Whether a pool keeps that descriptor, or thread, for connections that are
// idle.
bool IsKept(const Snapshot& snapshot, const Identity& identity);

// Whether `snapshot` shows what `identity`, of an earlier look, may be.
bool Shows(const Snapshot& snapshot, const Identity& identity);

// What is in `before` and not in `after`, but for descriptors that were kept on
// purpose.
std::vector<Identity> Gone(const Snapshot& before, const Snapshot& after);

// How many of each kind those are.
std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SNAPSHOT_H_
