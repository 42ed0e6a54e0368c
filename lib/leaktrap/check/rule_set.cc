#include "leaktrap/check/rule_set.h"

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/proc_file.h"

namespace leaktrap::internal {

RuleSet ReadRuleSet(const std::string& path, std::vector<std::string>* errors) {
  RuleSet set;
  set.path = path;
  std::error_code error;
  set.absolute_path = std::filesystem::absolute(path, error).string();
  std::string text;
  // As the probes read: tests may have used up all descriptors.
  if (!ReadProcFile(path.c_str(), &text)) {
    set.is_missing = errno == ENOENT;
    if (!set.is_missing) {
      errors->push_back(absl::StrCat(
          "the file of rules ", Printable(path),
          " cannot be read: ", std::generic_category().message(errno)));
    }
    return set;
  }
  RulesFile file = ParseRules(path, text);
  errors->insert(errors->end(), file.errors.begin(), file.errors.end());
  for (FileRule& rule : file.rules) {
    FileRuleInForce in_force;
    in_force.where = absl::StrCat(Printable(path), ":", rule.line);
    in_force.use = std::make_shared<RuleUse>();
    in_force.use->rule =
        absl::StrCat(in_force.where, ": ", Printable(RuleLine(rule)));
    in_force.rule = std::move(rule);
    set.rules.push_back(std::move(in_force));
  }
  return set;
}

std::string ProblemOf(const RuleSet& set) {
  if (!set.is_missing) return "";
  return absl::StrCat(
      "there is no file of rules ", Printable(set.path),
      "; make it, or have it written with --leaktrap_update_rules");
}

}  // namespace leaktrap::internal
