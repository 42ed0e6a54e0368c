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
  return AddTolerance("Tolerate", kind, n, std::move(reason),
                      &Change().tolerances);
}

Options& Options::TolerateInTotal(Kind kind, int n, std::string reason) {
  return AddTolerance("TolerateInTotal", kind, n, std::move(reason),
                      &Change().tolerances_in_total);
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
  Change().ignores.push_back(
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
  Change().replacements.push_back(
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
  for (const auto& known : said().rule_sets) {
    if (known->real_path == set->real_path) return;
  }
  Change().rule_sets.push_back(std::move(set));
}

Options& Options::UpdateRules(RulesUpdate update) {
  Change().rules_update = update;
  return *this;
}

Options& Options::ListRules(bool list) {
  Change().lists_rules = list;
  return *this;
}

Options& Options::DisableRule(const std::string& name, bool disable) {
  std::vector<std::string> names;
  for (const internal::BuiltInRule& rule : internal::kBuiltInRules) {
    if (name == rule.name) {
      Change().disabled_rules[name] = disable;
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
  Change().limits.push_back({what, std::move(glob), n, NewUse(rule)});
  return *this;
}

Options& Options::Linger(std::chrono::nanoseconds duration) {
  return SetTime("Linger", duration, &Change().linger);
}

Options& Options::WaitInTotal(std::chrono::nanoseconds duration) {
  return SetTime("WaitInTotal", duration, &Change().wait_in_total);
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
  Change().modes[kind] = mode;
  return *this;
}

Options& Options::IfTestFailed(Mode mode) {
  Change().if_test_failed = mode;
  return *this;
}

Options& Options::IfTestSkipped(Mode mode) {
  Change().if_test_skipped = mode;
  return *this;
}

Options& Options::SetScopes(std::set<Scope> scopes) {
  Change().scopes = std::move(scopes);
  return *this;
}

Options& Options::Strict(bool strict) {
  Change().strict = strict;
  return *this;
}

Options& Options::ReportRuntimeThreads(bool report) {
  return DisableRule(internal::kCLibraryThreads, report)
      .DisableRule(internal::kIoUringWorkers, report)
      .DisableRule(internal::kParallelRuntimes, report);
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
  Change().confirm = rounds;
  return *this;
}

Options& Options::WriteJson(std::string path) {
  Change().json = std::move(path);
  return *this;
}

Options& Options::SetRecord(Record record) {
  Change().record = record;
  return *this;
}

Options& Options::BeforeCheck(std::function<void()> function) {
  Change().before_check.push_back(std::move(function));
  return *this;
}

Options& Options::WarmUp(std::function<void()> function) {
  Change().warm_up.push_back(std::move(function));
  return *this;
}

const Options::Said& Options::said() const {
  static const Said* const nothing = new Said;
  return said_ == nullptr ? *nothing : *said_;
}

Options::Said& Options::Change() {
  if (said_ == nullptr || said_.use_count() > 1) {
    said_ = std::make_shared<Said>(said());
  }
  return *said_;
}

Tolerance Options::tolerance(Kind kind) const {
  const auto found = said().tolerances.find(kind);
  return found == said().tolerances.end() ? Tolerance() : found->second;
}

Tolerance Options::tolerance_in_total(Kind kind) const {
  const auto found = said().tolerances_in_total.find(kind);
  return found == said().tolerances_in_total.end() ? Tolerance()
                                                   : found->second;
}

bool Options::is_disabled(const std::string& built_in_rule) const {
  const auto found = said().disabled_rules.find(built_in_rule);
  return found != said().disabled_rules.end() && found->second;
}

Mode Options::mode(Kind kind) const {
  const auto found = said().modes.find(kind);
  return found == said().modes.end() ? Mode::kFail : found->second;
}

const std::set<Scope>& Options::scopes() const {
  static const auto* const all =
      new std::set<Scope>{Scope::kTest, Scope::kSuite, Scope::kProgram};
  return said().scopes.has_value() ? *said().scopes : *all;
}

std::vector<std::shared_ptr<RuleUse>> Options::RuleUses() const {
  std::vector<std::shared_ptr<RuleUse>> uses;
  for (const IgnoreRule& rule : said().ignores) uses.push_back(rule.use);
  for (const ReplacementRule& rule : said().replacements)
    uses.push_back(rule.use);
  for (const auto& [kind, rule] : said().tolerances) {
    // A count of zero is there to forgive nothing.
    if (rule.count > 0) uses.push_back(rule.use);
  }
  for (const auto& [kind, rule] : said().tolerances_in_total) {
    uses.push_back(rule.use);
  }
  for (const PoolLimit& rule : said().limits) uses.push_back(rule.use);
  for (const auto& set : said().rule_sets) {
    for (const internal::FileRuleInForce& rule : set->rules) {
      // Those with a count are missed one by one, by the tests that ran.
      if (!rule.rule.count.has_value()) uses.push_back(rule.use);
    }
  }
  return uses;
}

Options& Options::AddError(const std::string& error) {
  Change().errors.push_back(internal::Printable(error));
  return *this;
}

}  // namespace leaktrap
