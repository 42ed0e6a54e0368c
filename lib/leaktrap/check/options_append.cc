// How options are laid over others.

#include <memory>

#include "leaktrap/check/options.h"

namespace leaktrap {
namespace {

template <typename Map>
void Overlay(const Map& inner, Map* outer) {
  for (const auto& [key, value] : inner) (*outer)[key] = value;
}

template <typename Vector>
void Extend(const Vector& inner, Vector* outer) {
  outer->insert(outer->end(), inner.begin(), inner.end());
}

template <typename Optional>
void Override(const Optional& inner, Optional* outer) {
  if (inner.has_value()) *outer = inner;
}

}  // namespace

Options& Options::Append(const Options& options) {
  if (!options.place_.empty()) place_ = options.place_;
  // Held: these may be the same options.
  const std::shared_ptr<const Said> inner = options.said_;
  if (inner == nullptr) return *this;
  if (said_ == nullptr) {
    said_ = options.said_;
    return *this;
  }
  Said& outer = Change();
  Extend(inner->ignores, &outer.ignores);
  Extend(inner->replacements, &outer.replacements);
  Extend(inner->limits, &outer.limits);
  Extend(inner->before_check, &outer.before_check);
  Extend(inner->warm_up, &outer.warm_up);
  Extend(inner->errors, &outer.errors);
  Overlay(inner->tolerances, &outer.tolerances);
  Overlay(inner->tolerances_in_total, &outer.tolerances_in_total);
  Overlay(inner->modes, &outer.modes);
  Overlay(inner->disabled_rules, &outer.disabled_rules);
  for (const auto& set : inner->rule_sets) AddRuleSet(set);
  Override(inner->if_test_failed, &outer.if_test_failed);
  Override(inner->if_test_skipped, &outer.if_test_skipped);
  Override(inner->scopes, &outer.scopes);
  Override(inner->strict, &outer.strict);
  Override(inner->confirm, &outer.confirm);
  Override(inner->json, &outer.json);
  Override(inner->record, &outer.record);
  Override(inner->rules_update, &outer.rules_update);
  Override(inner->lists_rules, &outer.lists_rules);
  Override(inner->linger, &outer.linger);
  Override(inner->wait_in_total, &outer.wait_in_total);
  return *this;
}

}  // namespace leaktrap
