#include "leaktrap/check/judge.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// Uses up the scope's count or, where that is too small, the run's. Returns the
// reason.
std::string Forgive(Kind kind, int count, const Options& options,
                    const Budget& budget) {
  const bool by_scope = IsForgivenByScope(kind, count, options, budget);
  const Tolerance used =
      by_scope ? options.tolerance(kind) : options.tolerance_in_total(kind);
  (by_scope ? budget.in_scope : budget.in_total).Add(kind, count);
  ++used.use->matches;
  return used.reason;
}

bool MatchesAny(const std::string& glob,
                const std::vector<std::string>& functions) {
  return std::any_of(functions.begin(), functions.end(),
                     [&](const std::string& function) {
                       return fnmatch(glob.c_str(), function.c_str(), 0) == 0;
                     });
}

bool Matches(const IgnoreRule& rule, const Resource& resource,
             FunctionsOf functions_of) {
  switch (rule.by) {
    case IgnoreRule::By::kName:
      return rule.kind == resource.identity.kind &&
             fnmatch(rule.glob.c_str(), resource.name.c_str(), 0) == 0;
    case IgnoreRule::By::kCreator:
      return resource.origin.has_value() &&
             MatchesAny(rule.glob, functions_of(resource.origin->stack));
    case IgnoreRule::By::kStack:
      break;
  }
  return resource.now.has_value() &&
         MatchesAny(rule.glob, functions_of(resource.now->stack));
}

}  // namespace

Forgiven::Forgiven() {
  for (Kind kind : kAllKinds) Renew(kind);
}

void Forgiven::Renew(Kind kind) { counts_[kind] = std::make_shared<int>(0); }

Forgiven Forgiven::Apart() const {
  Forgiven apart;
  for (const auto& [kind, count] : counts_) apart.Add(kind, *count);
  return apart;
}

Budget Apart(const Budget& budget) {
  return {budget.in_scope.Apart(), budget.in_total.Apart()};
}

bool IsIgnored(const Resource& resource, const Options& options,
               FunctionsOf functions_of) {
  bool ignored = false;
  // All of them: a rule behind another that matches the same is in use too.
  for (const IgnoreRule& rule : options.ignores()) {
    if (!Matches(rule, resource, functions_of)) continue;
    ++rule.use->matches;
    ignored = true;
  }
  return ignored;
}

bool HasPatterns(Kind kind, const Options& options) {
  return std::any_of(options.ignores().begin(), options.ignores().end(),
                     [kind](const IgnoreRule& rule) {
                       return rule.by == IgnoreRule::By::kCreator ||
                              rule.kind == kind;
                     });
}

bool HasStackPatterns(const Options& options) {
  return std::any_of(
      options.ignores().begin(), options.ignores().end(),
      [](const IgnoreRule& rule) { return rule.by == IgnoreRule::By::kStack; });
}

bool IsForgivenByScope(Kind kind, int count, const Options& options,
                       const Budget& budget) {
  return count <= options.tolerance(kind).count - budget.in_scope.count(kind);
}

bool IsForgiven(Kind kind, int count, const Options& options,
                const Budget& budget) {
  return IsForgivenByScope(kind, count, options, budget) ||
         count <= options.tolerance_in_total(kind).count -
                      budget.in_total.count(kind);
}

Judgement Judge(std::vector<Resource> resources, const Options& options,
                const Budget& budget) {
  std::map<Kind, std::vector<Resource>> by_kind;
  for (Resource& resource : resources) {
    by_kind[resource.identity.kind].push_back(std::move(resource));
  }
  Judgement judgement;
  for (auto& [kind, found] : by_kind) {
    const int count = static_cast<int>(found.size());
    if (IsForgiven(kind, count, options, budget)) {
      const std::string reason = Forgive(kind, count, options, budget);
      for (Resource& resource : found) {
        judgement.tolerated.push_back({std::move(resource), reason});
      }
      continue;
    }
    std::vector<Resource>& place = options.mode(kind) == Mode::kReport
                                       ? judgement.only_reported
                                       : judgement.leaks;
    std::move(found.begin(), found.end(), std::back_inserter(place));
  }
  return judgement;
}

}  // namespace leaktrap::internal
