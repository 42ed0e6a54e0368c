#include "leaktrap/check/patience.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// Enough to see one of them go; each is looked up before a wait.
constexpr size_t kMostWitnesses = 1'024;

}  // namespace

Patience::Duration Patience::LingerFor(const std::string& scope,
                                       const std::vector<Resource>& left,
                                       const Snapshot& now, Duration full,
                                       Duration in_total) {
  if (IsUsedUp(in_total)) return full / kShareOfLateWait;
  if (stayed_.empty()) return full;
  const bool all_known =
      std::all_of(left.begin(), left.end(), [&](const Resource& resource) {
        return IsToStay(SortsOf(scope, resource), now);
      });
  return all_known ? full / kShareOfRepeatedWait : full;
}

bool Patience::IsToStay(const std::vector<Sort>& sorts, const Snapshot& now) {
  bool any_stayed = false;
  for (const Sort& sort : sorts) {
    if (late_.count(sort) != 0) return false;
    const auto known = stayed_.find(sort);
    if (known == stayed_.end()) continue;
    any_stayed = true;
    const bool all_there =
        std::all_of(known->second.begin(), known->second.end(),
                    [&](const Identity& one) { return Shows(now, one); });
    if (all_there) continue;
    stayed_.erase(known);
    late_.insert(sort);
    return false;
  }
  return any_stayed;
}

void Patience::Stayed(const std::string& scope, const Resource& resource,
                      bool in_full) {
  for (Sort& sort : SortsOf(scope, resource)) {
    if (late_.count(sort) != 0) continue;
    // What was not waited for in full marks nothing, but its end counts.
    if (!in_full && stayed_.count(sort) == 0) continue;
    std::vector<Identity>& witnesses = stayed_[std::move(sort)];
    if (witnesses.size() < kMostWitnesses) {
      witnesses.push_back(resource.identity);
    }
  }
}

void Patience::WentLate(const std::string& scope, const Resource& resource) {
  for (Sort& sort : SortsOf(scope, resource)) {
    stayed_.erase(sort);
    late_.insert(std::move(sort));
  }
}

std::vector<Patience::Sort> Patience::SortsOf(const std::string& scope,
                                              const Resource& resource) {
  std::vector<Sort> sorts;
  const Kind kind = resource.identity.kind;
  if (resource.origin.has_value() && !resource.origin->stack.empty()) {
    sorts.emplace_back(kind, resource.origin->stack, "", "");
  }
  if (kind == Kind::kDescriptor && !scope.empty()) {
    sorts.emplace_back(kind, std::vector<uintptr_t>(), scope,
                       resource.likeness);
  }
  return sorts;
}

}  // namespace leaktrap::internal
