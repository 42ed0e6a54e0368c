#include "leaktrap/check/snapshot.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "leaktrap/check/reported.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

std::shared_ptr<const Sight> Snapshot::NothingSeen() {
  static const auto* const nothing =
      new std::shared_ptr<const Sight>(std::make_shared<const Sight>());
  return *nothing;
}

bool IsKept(const Snapshot& snapshot, const Identity& identity) {
  auto holds = [&](const std::vector<int>& kept) {
    return std::binary_search(kept.begin(), kept.end(),
                              static_cast<int>(identity.number));
  };
  return (identity.kind == Kind::kDescriptor &&
          holds(snapshot.seen->kept_descriptors)) ||
         (identity.kind == Kind::kThread && !identity.IsFinishedThread() &&
          holds(snapshot.seen->kept_threads));
}

bool Snapshot::Has(const Identity& later) const {
  // A thread ends under another identity than it ran, and need not have been
  // known while it ran.
  if (later.IsFinishedThread()) return later.sequence <= last_sequence;
  const Identity first = {later.kind, later.source, later.number};
  const std::vector<Identity>& all = seen->identities;
  for (auto one = std::lower_bound(all.begin(), all.end(), first);
       one != all.end() && one->kind == later.kind &&
       one->source == later.source && one->number == later.number;
       ++one) {
    if (!MayBeSame(*one, later)) continue;
    // What was seen before its creating call had recorded it was begun by then.
    if (one->sequence != 0 || later.sequence <= last_sequence) return true;
  }
  return false;
}

std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const Reported& reported) {
  std::vector<Identity> created;
  for (const Identity& identity : after.seen->identities) {
    const bool was_there = before.Has(identity) && !IsKept(before, identity);
    if (was_there || IsKept(after, identity)) continue;
    if (reported.Has(identity)) continue;
    if (identity.kind == Kind::kOther &&
        !std::binary_search(before.seen->user_probes.begin(),
                            before.seen->user_probes.end(), identity.source)) {
      continue;
    }
    created.push_back(identity);
  }
  return created;
}

bool Shows(const Snapshot& snapshot, const Identity& identity) {
  const Identity first = {identity.kind, identity.source, identity.number};
  for (auto seen = std::lower_bound(snapshot.seen->identities.begin(),
                                    snapshot.seen->identities.end(), first);
       seen != snapshot.seen->identities.end() && seen->kind == identity.kind &&
       seen->source == identity.source && seen->number == identity.number;
       ++seen) {
    if (MayBeSame(*seen, identity)) return true;
  }
  return false;
}

std::vector<Identity> Gone(const Snapshot& before, const Snapshot& after) {
  std::vector<Identity> gone;
  for (const Identity& identity : before.seen->identities) {
    if (!IsKept(before, identity) && !Shows(after, identity)) {
      gone.push_back(identity);
    }
  }
  return gone;
}

std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after) {
  std::map<Kind, int> released;
  for (const Identity& identity : Gone(before, after)) {
    ++released[identity.kind];
  }
  return released;
}

}  // namespace leaktrap::internal
