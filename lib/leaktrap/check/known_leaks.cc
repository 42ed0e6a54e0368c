#include "leaktrap/check/known_leaks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/matching.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

template <typename IsMeant>
bool HasRule(Kind kind, const Options& options, IsMeant is_meant) {
  return std::any_of(options.rule_sets().begin(), options.rule_sets().end(),
                     [&](const std::shared_ptr<const RuleSet>& set) {
                       return std::any_of(set->rules.begin(), set->rules.end(),
                                          [&](const FileRuleInForce& rule) {
                                            return is_meant(rule.rule) &&
                                                   IsAbout(rule.rule, kind,
                                                           options.place());
                                          });
                     });
}

}  // namespace

KnownCounts KnownCounts::Apart() const {
  KnownCounts apart;
  *apart.state_ = *state_;
  return apart;
}

int KnownCounts::used(const FileRuleInForce& rule) const {
  const auto found = state_->used.find(rule.where);
  return found == state_->used.end() ? 0 : found->second;
}

void KnownCounts::Use(const FileRuleInForce& rule, int n) const {
  state_->used[rule.where] += n;
}

const KnownCounts::Rules& KnownCounts::Matching(
    const Resource& leak, const Options& options,
    FunctionsOf functions_of) const {
  // A scope of the test may bring rules of its own.
  if (state_->sets != options.rule_sets()) {
    state_->matching.clear();
    state_->sets = options.rule_sets();
  }
  const Sort sort(leak.identity.kind, leak.name, leak.dirt,
                  leak.origin.value_or(Origin()).stack,
                  leak.now.value_or(Activity()).stack);
  const auto [found, is_new] = state_->matching.try_emplace(sort);
  if (!is_new) return found->second;
  Subject subject(leak, functions_of);
  for (const std::shared_ptr<const RuleSet>& set : state_->sets) {
    for (const FileRuleInForce& rule : set->rules) {
      // Given back dirty is another fault than not given back.
      if (rule.rule.count.has_value() &&
          rule.rule.dirt_glob.empty() == leak.dirt.empty() &&
          Matches(rule.rule, options.place(), &subject)) {
        found->second.push_back(&rule);
      }
    }
  }
  return found->second;
}

KnownLeaks FindKnown(const std::vector<Resource>& leaks, const Options& options,
                     const KnownCounts& counts, FunctionsOf functions_of) {
  KnownLeaks known;
  for (const Resource& leak : leaks) {
    const KnownCounts::Rules& rules =
        counts.Matching(leak, options, functions_of);
    if (rules.empty()) {
      known.rules.push_back(nullptr);
      continue;
    }
    const auto with_room =
        std::find_if(rules.begin(), rules.end(), [&](const auto* rule) {
          const auto here = known.counts.find(rule);
          const int used_here = here == known.counts.end() ? 0 : here->second;
          return used_here + counts.used(*rule) < *rule->rule.count;
        });
    const bool is_exceeded = with_room == rules.end();
    const FileRuleInForce* const found =
        is_exceeded ? rules.front() : *with_room;
    known.rules.push_back(found);
    ++known.counts[found];
    known.is_exceeded[found] = known.is_exceeded[found] || is_exceeded;
  }
  return known;
}

bool HasKnown(Kind kind, const Options& options) {
  return HasRule(kind, options,
                 [](const FileRule& rule) { return rule.count.has_value(); });
}

bool HasFilePatterns(Kind kind, const Options& options) {
  return HasRule(kind, options,
                 [](const FileRule& rule) { return !rule.count.has_value(); });
}

bool HasFileStackPatterns(const Options& options) {
  return HasRule(Kind::kThread, options, [](const FileRule& rule) {
    return rule.by == FileRule::By::kStack;
  });
}

}  // namespace leaktrap::internal
