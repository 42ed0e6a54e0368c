#include "leaktrap/check/persistence.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

void Persistence::Observe(Time now, const std::vector<Identity>& left,
                          int growth) {
  std::map<Identity, Time> first_seen;
  for (const Identity& identity : left) {
    const auto known = first_seen_.find(identity);
    first_seen[identity] = known == first_seen_.end() ? now : known->second;
  }
  first_seen_ = std::move(first_seen);
  const auto [at, is_new] = growth_.try_emplace(now, growth);
  at->second = std::min(at->second, growth);
}

std::vector<Identity> Persistence::TakePassing(
    Time since, std::vector<Identity>* left) const {
  std::vector<Identity> lasting;
  std::vector<Identity> passing;
  for (const Identity& identity : *left) {
    const auto seen = first_seen_.find(identity);
    const bool lasts = seen != first_seen_.end() && seen->second <= since;
    (lasts ? lasting : passing).push_back(identity);
  }
  const auto least = std::min_element(
      growth_.lower_bound(since), growth_.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (least != growth_.end() &&
      least->second > static_cast<int>(lasting.size())) {
    return {};
  }
  *left = std::move(lasting);
  return passing;
}

}  // namespace leaktrap::internal
