#include "leaktrap/check/persistence.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

void Persistence::Observe(Time now, const std::vector<Identity>& left,
                          const std::map<Kind, int>& released) {
  Look look;
  std::map<Identity, Time> first_seen;
  for (const Identity& identity : left) {
    const auto known = first_seen_.find(identity);
    first_seen[identity] = known == first_seen_.end() ? now : known->second;
    ++look.growth[identity.kind];
  }
  for (const auto& [kind, count] : released) look.growth[kind] -= count;
  for (const auto& [identity, time] : first_seen_) {
    if (first_seen.count(identity) == 0) ++look.gone[identity.kind];
  }
  first_seen_ = std::move(first_seen);
  looks_.emplace(now, std::move(look));
}

std::vector<Identity> Persistence::TakePassing(
    Time since, std::vector<Identity>* left) const {
  auto is_new = [&](const Identity& identity) {
    const auto seen = first_seen_.find(identity);
    return seen == first_seen_.end() || seen->second > since;
  };
  std::map<Kind, int> coming;
  std::map<Kind, int> lasting;
  for (const Identity& identity : *left) {
    ++(is_new(identity) ? coming : lasting)[identity.kind];
  }
  auto passes_by = [&](Kind kind) {
    int gone = 0;
    bool always_more = true;
    for (auto at = looks_.lower_bound(since); at != looks_.end(); ++at) {
      const Look& look = at->second;
      const auto went = look.gone.find(kind);
      if (went != look.gone.end()) gone += went->second;
      const auto growth = look.growth.find(kind);
      const int more = growth == look.growth.end() ? 0 : growth->second;
      always_more = always_more && more > lasting[kind];
    }
    return gone >= coming[kind] && !always_more;
  };
  const auto first_passing = std::stable_partition(
      left->begin(), left->end(), [&](const Identity& identity) {
        return !is_new(identity) || !passes_by(identity.kind);
      });
  std::vector<Identity> passing(first_passing, left->end());
  left->erase(first_passing, left->end());
  return passing;
}

}  // namespace leaktrap::internal
