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

// The first that matches; or, of those, the first that `accepts` too.
template <typename Accepts>
const FileRuleInForce* FindRule(const Options& options, Accepts accepts,
                                Subject* leak) {
  for (const std::shared_ptr<const RuleSet>& set : options.rule_sets()) {
    for (const FileRuleInForce& rule : set->rules) {
      // Given back dirty is another fault than not given back.
      if (rule.rule.count.has_value() &&
          rule.rule.dirt_glob.empty() == leak->resource().dirt.empty() &&
          accepts(rule) && Matches(rule.rule, options.place(), leak)) {
        return &rule;
      }
    }
  }
  return nullptr;
}

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
  *apart.used_ = *used_;
  return apart;
}

int KnownCounts::used(const FileRuleInForce& rule) const {
  const auto found = used_->find(rule.where);
  return found == used_->end() ? 0 : found->second;
}

void KnownCounts::Use(const FileRuleInForce& rule, int n) const {
  (*used_)[rule.where] += n;
}

KnownLeaks FindKnown(const std::vector<Resource>& leaks, const Options& options,
                     const KnownCounts& counts, FunctionsOf functions_of) {
  KnownLeaks known;
  for (const Resource& leak : leaks) {
    auto has_room = [&](const FileRuleInForce& rule) {
      const auto here = known.counts.find(&rule);
      const int used_here = here == known.counts.end() ? 0 : here->second;
      return used_here + counts.used(rule) < *rule.rule.count;
    };
    Subject subject(leak, functions_of);
    const FileRuleInForce* found = FindRule(options, has_room, &subject);
    bool is_exceeded = false;
    if (found == nullptr) {
      found = FindRule(
          options, [](const FileRuleInForce&) { return true; }, &subject);
      is_exceeded = true;
    }
    known.rules.push_back(found);
    if (found == nullptr) continue;
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
