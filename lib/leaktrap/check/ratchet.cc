#include "leaktrap/check/ratchet.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/matching.h"
#include "leaktrap/check/rule_of.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"

namespace leaktrap::internal {

void Ratchet::Add(const std::string& place, const Judgement& judgement,
                  bool could_look) {
  if (set_ == nullptr) return;
  Found& now = now_[place];
  now.could_look = now.could_look && could_look;
  for (const auto& [where, count] : judgement.known) now.known[where] += count;
  for (const ToleratedLeak& leak : judgement.tolerated) {
    if (!leak.is_learnt) continue;
    FileRule rule = RuleOf(leak.resource);
    rule.test_glob = GlobOf(place);
    Learnt& learnt = now.learnt[RuleLine(rule)];
    learnt.rule = std::move(rule);
    ++learnt.count;
  }
}

void Ratchet::End(const std::string& place, bool is_whole) {
  if (set_ == nullptr) return;
  ended_.insert(place);
  const auto found = now_.find(place);
  const bool could_look = found == now_.end() || found->second.could_look;
  if (is_whole && could_look) whole_.insert(place);
  if (found == now_.end()) return;
  Found& most = most_[place];
  for (const auto& [where, count] : found->second.known) {
    most.known[where] = std::max(most.known[where], count);
  }
  for (const auto& [line, learnt] : found->second.learnt) {
    Learnt& most_learnt = most.learnt[line];
    most_learnt.rule = learnt.rule;
    most_learnt.count = std::max(most_learnt.count, learnt.count);
  }
  now_.erase(found);
}

bool Ratchet::IsJudged(const FileRuleInForce& rule) const {
  if (!rule.rule.count.has_value()) return false;
  if (can_see_ != nullptr && !can_see_(rule.rule)) return false;
  const std::string& place = rule.rule.test_glob;
  if (HasWildcards(place)) {
    return !all_.empty() && whole_.size() == ended_.size();
  }
  // A test that was renamed leaves nothing any more.
  return whole_.count(place) != 0 || (!all_.empty() && all_.count(place) == 0);
}

int Ratchet::MostOf(const FileRuleInForce& rule) const {
  int most = 0;
  for (const auto& [place, found] : most_) {
    const auto known = found.known.find(rule.where);
    if (known != found.known.end()) most = std::max(most, known->second);
  }
  return most;
}

std::vector<RuleChange> Ratchet::TooHigh() const {
  std::vector<RuleChange> changes;
  if (set_ == nullptr) return changes;
  for (const FileRuleInForce& rule : set_->rules) {
    if (!IsJudged(rule)) continue;
    const int found = MostOf(rule);
    if (found < *rule.rule.count) {
      changes.push_back({rule.rule, rule.where, found});
    }
  }
  return changes;
}

std::vector<RuleChange> Ratchet::TooLow() const {
  std::vector<RuleChange> changes;
  if (set_ == nullptr) return changes;
  for (const FileRuleInForce& rule : set_->rules) {
    const int found = MostOf(rule);
    if (rule.rule.count.has_value() && found > *rule.rule.count) {
      changes.push_back({rule.rule, rule.where, found});
    }
  }
  for (const auto& [place, found] : most_) {
    for (const auto& [line, learnt] : found.learnt) {
      changes.push_back({learnt.rule, "", learnt.count});
    }
  }
  return changes;
}

}  // namespace leaktrap::internal
