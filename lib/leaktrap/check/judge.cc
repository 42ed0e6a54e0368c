#include "leaktrap/check/judge.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/known_leaks.h"
#include "leaktrap/check/matching.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// Uses up the scope's count or, where that is too small, the run's.
void Forgive(Kind kind, std::vector<Resource> found, const Options& options,
             const Budget& budget, std::vector<ToleratedLeak>* tolerated) {
  const int count = static_cast<int>(found.size());
  const bool by_scope = IsForgivenByScope(kind, count, options, budget);
  const Forgiven& used = by_scope ? budget.in_scope : budget.in_total;
  int place = used.count(kind);
  used.Add(kind, count);
  if (by_scope && budget.allowances.Has(kind)) {
    for (Resource& resource : found) {
      const Allowance& by = budget.allowances.At(kind, place++);
      ++by.use->matches;
      tolerated->push_back({std::move(resource), by.reason, by.is_expected});
    }
    return;
  }
  const Tolerance by =
      by_scope ? options.tolerance(kind) : options.tolerance_in_total(kind);
  ++by.use->matches;
  for (Resource& resource : found) {
    tolerated->push_back({std::move(resource), by.reason});
  }
}

// A look by hand has no place, and is no test's.
bool Learns(const Options& options) {
  return options.rules_update() == RulesUpdate::kGrow &&
         !options.place().empty();
}

// Takes out of `*resources` what a file of rules knows, and counts it.
void TakeKnown(const Options& options, const Budget& budget,
               FunctionsOf functions_of, std::vector<Resource>* resources,
               Judgement* judgement) {
  if (options.rule_sets().empty()) return;
  const KnownLeaks known =
      FindKnown(*resources, options, budget.known, functions_of);
  std::vector<Resource> left;
  for (size_t i = 0; i < resources->size(); ++i) {
    Resource& resource = (*resources)[i];
    const FileRuleInForce* const rule = known.rules[i];
    if (known.IsKnown(i) || (rule != nullptr && Learns(options))) {
      judgement->tolerated.push_back(
          {std::move(resource),
           absl::StrCat("known, ", rule->where, ": ", rule->rule.reason)});
      continue;
    }
    if (rule != nullptr) {
      resource.hint =
          absl::StrCat(rule->where, " knows ", *rule->rule.count,
                       " of these here, and there are ",
                       known.counts.at(rule) + budget.known.used(*rule));
    }
    left.push_back(std::move(resource));
  }
  *resources = std::move(left);
  for (const auto& [rule, count] : known.counts) {
    judgement->known[rule->where] += count;
    budget.known.Use(*rule, count);
  }
}

// What is not known yet is to be known from now on.
void Learn(Judgement* judgement) {
  for (auto* leaks : {&judgement->leaks, &judgement->only_reported}) {
    for (Resource& leak : *leaks) {
      judgement->tolerated.push_back(
          {std::move(leak), "new: a rule is written for it", false, true});
    }
    leaks->clear();
  }
}

}  // namespace

void Forgiven::RenewAll() {
  together_ = std::make_shared<std::array<int, kAllKinds.size()>>();
  own_ = {};
}

Forgiven Forgiven::Apart() const {
  Forgiven apart;
  for (Kind kind : kAllKinds) apart.Add(kind, count(kind));
  return apart;
}

Budget Apart(const Budget& budget) {
  return {budget.in_scope.Apart(), budget.in_total.Apart(),
          budget.judged.Apart(), budget.known.Apart(), budget.allowances};
}

bool IsIgnored(const Resource& resource, const Options& options,
               FunctionsOf functions_of) {
  bool ignored = false;
  Subject subject(resource, functions_of);
  // All of them: a rule behind another that matches the same is in use too.
  for (const IgnoreRule& rule : options.ignores()) {
    if (!Matches(rule, &subject)) continue;
    ++rule.use->matches;
    ignored = true;
  }
  for (const std::shared_ptr<const RuleSet>& set : options.rule_sets()) {
    for (const FileRuleInForce& rule : set->rules) {
      if (rule.rule.count.has_value() ||
          !Matches(rule.rule, options.place(), &subject)) {
        continue;
      }
      ++rule.use->matches;
      ignored = true;
    }
  }
  return ignored;
}

bool HasPatterns(Kind kind, const Options& options) {
  return HasFilePatterns(kind, options) ||
         std::any_of(options.ignores().begin(), options.ignores().end(),
                     [kind](const IgnoreRule& rule) {
                       return rule.by == IgnoreRule::By::kCreator ||
                              rule.kind == kind;
                     });
}

bool HasStackPatterns(const Options& options) {
  return HasFileStackPatterns(options) ||
         std::any_of(options.ignores().begin(), options.ignores().end(),
                     [](const IgnoreRule& rule) {
                       return rule.by == IgnoreRule::By::kStack;
                     });
}

bool IsForgivenByScope(Kind kind, int count, const Options& options,
                       const Budget& budget) {
  const int limit = budget.allowances.Has(kind) ? budget.allowances.Count(kind)
                                                : options.tolerance(kind).count;
  return count <= limit - budget.in_scope.count(kind);
}

bool IsForgiven(Kind kind, int count, const Options& options,
                const Budget& budget) {
  return IsForgivenByScope(kind, count, options, budget) ||
         count <= options.tolerance_in_total(kind).count -
                      budget.in_total.count(kind);
}

Judgement Judge(std::vector<Resource> resources, const Options& options,
                const Budget& budget, FunctionsOf functions_of) {
  Judgement judgement;
  // An expectation is met by what a file of rules knows, too.
  for (const Resource& resource : resources) {
    budget.judged.Add(resource.identity.kind, 1);
  }
  TakeKnown(options, budget, functions_of, &resources, &judgement);
  std::map<Kind, size_t> counts;
  for (const Resource& resource : resources) ++counts[resource.identity.kind];
  std::map<Kind, std::vector<Resource>> by_kind;
  for (const auto& [kind, count] : counts) by_kind[kind].reserve(count);
  for (Resource& resource : resources) {
    by_kind[resource.identity.kind].push_back(std::move(resource));
  }
  for (auto& [kind, found] : by_kind) {
    const int count = static_cast<int>(found.size());
    if (IsForgiven(kind, count, options, budget)) {
      Forgive(kind, std::move(found), options, budget, &judgement.tolerated);
      continue;
    }
    std::vector<Resource>& place = options.mode(kind) == Mode::kReport
                                       ? judgement.only_reported
                                       : judgement.leaks;
    if (place.empty()) {
      place = std::move(found);
    } else {
      std::move(found.begin(), found.end(), std::back_inserter(place));
    }
  }
  if (Learns(options)) Learn(&judgement);
  return judgement;
}

}  // namespace leaktrap::internal
