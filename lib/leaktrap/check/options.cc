#include "leaktrap/check/options.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "leaktrap/check/built_in_rules.h"
#include "leaktrap/check/rule_set.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap {
namespace {

using internal::IgnoreRule;
using internal::PoolLimit;
using internal::ReplacementRule;
using internal::RuleUse;
using internal::Tolerance;

std::shared_ptr<RuleUse> NewUse(const std::string& rule) {
  auto use = std::make_shared<RuleUse>();
  use->rule = internal::Printable(rule);
  return use;
}

const char* NameOf(PoolLimit::What what) {
  switch (what) {
    case PoolLimit::What::kLeased:
      return "MaxLeased";
    case PoolLimit::What::kIdle:
      return "MaxIdle";
    case PoolLimit::What::kDiscarded:
      break;
  }
  return "MaxDiscarded";
}

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

// What is wrong with a rule that forgives; empty if nothing is.
const char* ProblemOf(const std::string& glob, const std::string& reason) {
  if (glob.empty()) return ": the pattern is empty and matches nothing";
  if (reason.empty()) {
    return ": the reason is empty; say why these leaks are forgiven";
  }
  return "";
}

}  // namespace

Options& Options::Tolerate(Kind kind, int n, std::string reason) {
  return AddTolerance("Tolerate", kind, n, std::move(reason), &tolerances_);
}

Options& Options::TolerateInTotal(Kind kind, int n, std::string reason) {
  return AddTolerance("TolerateInTotal", kind, n, std::move(reason),
                      &tolerances_in_total_);
}

Options& Options::AddTolerance(const char* function, Kind kind, int n,
                               std::string reason, Tolerances* tolerances) {
  const std::string rule = absl::StrFormat(
      "%s(%s, %d, \"%s\")", function, std::string(KindPlural(kind)), n, reason);
  if (n < 0) {
    return AddError(
        absl::StrCat(rule, ": the count is below zero; give at least 0"));
  }
  if (reason.empty()) {
    return AddError(absl::StrCat(
        rule, ": the reason is empty; say why these leaks are forgiven"));
  }
  (*tolerances)[kind] = {n, std::move(reason), NewUse(rule)};
  return *this;
}

Options& Options::IgnoreThread(std::string name_glob, std::string reason) {
  return AddIgnore("IgnoreThread", IgnoreRule::By::kName, Kind::kThread,
                   std::move(name_glob), std::move(reason));
}

Options& Options::IgnoreDescriptor(std::string glob, std::string reason) {
  return AddIgnore("IgnoreDescriptor", IgnoreRule::By::kName, Kind::kDescriptor,
                   std::move(glob), std::move(reason));
}

Options& Options::IgnoreConnection(std::string pool_glob, std::string reason) {
  return AddIgnore("IgnoreConnection", IgnoreRule::By::kName, Kind::kConnection,
                   std::move(pool_glob), std::move(reason));
}

Options& Options::IgnoreProcess(std::string command_glob, std::string reason) {
  return AddIgnore("IgnoreProcess", IgnoreRule::By::kName, Kind::kProcess,
                   std::move(command_glob), std::move(reason));
}

Options& Options::IgnoreCreatedBy(std::string function_glob,
                                  std::string reason) {
  return AddIgnore("IgnoreCreatedBy", IgnoreRule::By::kCreator, Kind::kOther,
                   std::move(function_glob), std::move(reason));
}

Options& Options::IgnoreStack(std::string function_glob, std::string reason) {
  return AddIgnore("IgnoreStack", IgnoreRule::By::kStack, Kind::kThread,
                   std::move(function_glob), std::move(reason));
}

Options& Options::AddIgnore(const char* function, IgnoreRule::By by, Kind kind,
                            std::string glob, std::string reason) {
  const std::string rule =
      absl::StrFormat("%s(\"%s\", \"%s\")", function, glob, reason);
  const std::string problem = ProblemOf(glob, reason);
  if (!problem.empty()) return AddError(rule + problem);
  ignores_.push_back(
      {by, kind, std::move(glob), std::move(reason), NewUse(rule)});
  return *this;
}

Options& Options::AllowReplacement(Kind kind, std::string glob,
                                   std::string reason) {
  const std::string rule =
      absl::StrFormat("AllowReplacement(%s, \"%s\", \"%s\")",
                      std::string(KindPlural(kind)), glob, reason);
  const std::string problem = ProblemOf(glob, reason);
  if (!problem.empty()) return AddError(rule + problem);
  replacements_.push_back(
      {kind, std::move(glob), std::move(reason), NewUse(rule)});
  return *this;
}

Options& Options::ReadRules(const std::string& path) {
  auto set = std::make_shared<internal::RuleSet>();
  std::vector<std::string> errors;
  *set = internal::ReadRuleSet(path, &errors);
  for (const std::string& error : errors) AddError(error);
  AddRuleSet(std::move(set));
  return *this;
}

void Options::AddRuleSet(std::shared_ptr<const internal::RuleSet> set) {
  // A flag and a variable may name the same file, each in its way.
  for (const auto& known : rule_sets_) {
    if (known->real_path == set->real_path) return;
  }
  rule_sets_.push_back(std::move(set));
}

Options& Options::UpdateRules(RulesUpdate update) {
  rules_update_ = update;
  return *this;
}

Options& Options::ListRules(bool list) {
  lists_rules_ = list;
  return *this;
}

Options& Options::DisableRule(const std::string& name, bool disable) {
  std::vector<std::string> names;
  for (const internal::BuiltInRule& rule : internal::kBuiltInRules) {
    if (name == rule.name) {
      disabled_rules_[name] = disable;
      return *this;
    }
    names.push_back(rule.name);
  }
  return AddError(absl::StrCat("\"", name,
                               "\" is no rule that Leaktrap brings; there are ",
                               absl::StrJoin(names, ", ")));
}

Options& Options::SetPlace(std::string place) {
  place_ = std::move(place);
  return *this;
}

Options& Options::MaxLeased(std::string pool_glob, int n) {
  return AddLimit(PoolLimit::What::kLeased, std::move(pool_glob), n);
}

Options& Options::MaxIdle(std::string pool_glob, int n) {
  return AddLimit(PoolLimit::What::kIdle, std::move(pool_glob), n);
}

Options& Options::MaxDiscarded(std::string pool_glob, int n) {
  return AddLimit(PoolLimit::What::kDiscarded, std::move(pool_glob), n);
}

Options& Options::AddLimit(PoolLimit::What what, std::string glob, int n) {
  const std::string rule =
      absl::StrFormat("%s(\"%s\", %d)", NameOf(what), glob, n);
  if (glob.empty()) {
    return AddError(
        absl::StrCat(rule, ": the pattern is empty and matches nothing"));
  }
  if (n < 0) {
    return AddError(
        absl::StrCat(rule, ": the count is below zero; give at least 0"));
  }
  limits_.push_back({what, std::move(glob), n, NewUse(rule)});
  return *this;
}

Options& Options::Linger(std::chrono::nanoseconds duration) {
  return SetTime("Linger", duration, &linger_);
}

Options& Options::WaitInTotal(std::chrono::nanoseconds duration) {
  return SetTime("WaitInTotal", duration, &wait_in_total_);
}

Options& Options::SetTime(const char* function,
                          std::chrono::nanoseconds duration,
                          std::optional<std::chrono::nanoseconds>* time) {
  if (duration.count() < 0) {
    return AddError(absl::StrCat(
        function, "(", absl::FormatDuration(absl::FromChrono(duration)),
        "): the time is below zero; give at least 0"));
  }
  *time = duration;
  return *this;
}

Options& Options::SetMode(Kind kind, Mode mode) {
  modes_[kind] = mode;
  return *this;
}

Options& Options::IfTestFailed(Mode mode) {
  if_test_failed_ = mode;
  return *this;
}

Options& Options::IfTestSkipped(Mode mode) {
  if_test_skipped_ = mode;
  return *this;
}

Options& Options::SetScopes(std::set<Scope> scopes) {
  scopes_ = std::move(scopes);
  return *this;
}

Options& Options::Strict(bool strict) {
  strict_ = strict;
  return *this;
}

Options& Options::ReportRuntimeThreads(bool report) {
  return DisableRule(internal::kCLibraryThreads, report)
      .DisableRule(internal::kIoUringWorkers, report);
}

Options& Options::Confirm(int rounds) {
  if (rounds != 0 && rounds < kFewestConfirmRounds) {
    return AddError(absl::StrCat("Confirm(", rounds, "): give at least ",
                                 kFewestConfirmRounds,
                                 " rounds, or 0 for none"));
  }
  if (rounds > kMostConfirmRounds) {
    return AddError(absl::StrCat("Confirm(", rounds, "): give at most ",
                                 kMostConfirmRounds, " rounds"));
  }
  confirm_ = rounds;
  return *this;
}

Options& Options::WriteJson(std::string path) {
  json_ = std::move(path);
  return *this;
}

Options& Options::SetRecord(Record record) {
  record_ = record;
  return *this;
}

Options& Options::BeforeCheck(std::function<void()> function) {
  before_check_.push_back(std::move(function));
  return *this;
}

Options& Options::WarmUp(std::function<void()> function) {
  warm_up_.push_back(std::move(function));
  return *this;
}

Options& Options::Append(const Options& inner) {
  Extend(inner.ignores_, &ignores_);
  Extend(inner.replacements_, &replacements_);
  Extend(inner.limits_, &limits_);
  Extend(inner.before_check_, &before_check_);
  Extend(inner.warm_up_, &warm_up_);
  Extend(inner.errors_, &errors_);
  Overlay(inner.tolerances_, &tolerances_);
  Overlay(inner.tolerances_in_total_, &tolerances_in_total_);
  Overlay(inner.modes_, &modes_);
  Overlay(inner.disabled_rules_, &disabled_rules_);
  for (const auto& set : inner.rule_sets_) AddRuleSet(set);
  if (!inner.place_.empty()) place_ = inner.place_;
  Override(inner.if_test_failed_, &if_test_failed_);
  Override(inner.if_test_skipped_, &if_test_skipped_);
  Override(inner.scopes_, &scopes_);
  Override(inner.strict_, &strict_);
  Override(inner.confirm_, &confirm_);
  Override(inner.json_, &json_);
  Override(inner.record_, &record_);
  Override(inner.rules_update_, &rules_update_);
  Override(inner.lists_rules_, &lists_rules_);
  Override(inner.linger_, &linger_);
  Override(inner.wait_in_total_, &wait_in_total_);
  return *this;
}

Tolerance Options::tolerance(Kind kind) const {
  const auto found = tolerances_.find(kind);
  return found == tolerances_.end() ? Tolerance() : found->second;
}

Tolerance Options::tolerance_in_total(Kind kind) const {
  const auto found = tolerances_in_total_.find(kind);
  return found == tolerances_in_total_.end() ? Tolerance() : found->second;
}

bool Options::is_disabled(const std::string& built_in_rule) const {
  const auto found = disabled_rules_.find(built_in_rule);
  return found != disabled_rules_.end() && found->second;
}

Mode Options::mode(Kind kind) const {
  const auto found = modes_.find(kind);
  return found == modes_.end() ? Mode::kFail : found->second;
}

const std::set<Scope>& Options::scopes() const {
  static const auto* const all =
      new std::set<Scope>{Scope::kTest, Scope::kSuite, Scope::kProgram};
  return scopes_.has_value() ? *scopes_ : *all;
}

std::vector<std::shared_ptr<RuleUse>> Options::RuleUses() const {
  std::vector<std::shared_ptr<RuleUse>> uses;
  for (const IgnoreRule& rule : ignores_) uses.push_back(rule.use);
  for (const ReplacementRule& rule : replacements_) uses.push_back(rule.use);
  for (const auto& [kind, rule] : tolerances_) {
    // A count of zero is there to forgive nothing.
    if (rule.count > 0) uses.push_back(rule.use);
  }
  for (const auto& [kind, rule] : tolerances_in_total_) {
    uses.push_back(rule.use);
  }
  for (const PoolLimit& rule : limits_) uses.push_back(rule.use);
  for (const auto& set : rule_sets_) {
    for (const internal::FileRuleInForce& rule : set->rules) {
      // Those with a count are missed one by one, by the tests that ran.
      if (!rule.rule.count.has_value()) uses.push_back(rule.use);
    }
  }
  return uses;
}

Options& Options::AddError(const std::string& error) {
  errors_.push_back(internal::Printable(error));
  return *this;
}

}  // namespace leaktrap
