#include "leaktrap/check/rule_set.h"

#include <sys/stat.h>

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
namespace {

constexpr off_t kLargest = 64 << 20;

// Why it cannot be read; empty if it can, or is missing. What is no file may
// have no end.
std::string ReadText(const std::string& path, bool* is_missing,
                     std::string* text) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    *is_missing = errno == ENOENT;
    return *is_missing ? "" : std::generic_category().message(errno);
  }
  if (!S_ISREG(status.st_mode)) return "it is no regular file";
  if (status.st_size > kLargest) return "it has more than 64 MB";
  // As the probes read: tests may have used up all descriptors.
  if (ReadProcFile(path.c_str(), text)) return "";
  return std::generic_category().message(errno);
}

// Tests may change the current directory; Bazel's runfiles are links.
std::string RealPath(const std::string& path) {
  std::error_code error;
  std::filesystem::path real = std::filesystem::absolute(path, error);
  // A link to what is not there yet is one all the same.
  for (int links = 0; links < 40 && std::filesystem::is_symlink(real, error);
       ++links) {
    const auto target = std::filesystem::read_symlink(real, error);
    if (error) break;
    real = real.parent_path() / target;
  }
  const auto canonical = std::filesystem::weakly_canonical(real, error);
  return (error ? real : canonical).string();
}

}  // namespace

RuleSet ReadRuleSet(const std::string& path, std::vector<std::string>* errors) {
  RuleSet set;
  set.path = path;
  set.real_path = RealPath(path);
  std::string text;
  const std::string why_not = ReadText(path, &set.is_missing, &text);
  if (!why_not.empty()) {
    errors->push_back(absl::StrCat("the file of rules ", Printable(path),
                                   " cannot be read: ", why_not));
  }
  set.is_empty = text.empty();
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
