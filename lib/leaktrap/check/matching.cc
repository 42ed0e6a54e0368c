#include "leaktrap/check/matching.h"

#include <fnmatch.h>

#include <algorithm>
#include <string>
#include <vector>

#include "leaktrap/check/rule_of.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

constexpr char kWildcards[] = "*?[\\";

bool MatchesGlob(const std::string& glob, const std::string& text) {
  // Most globs are names, and files of rules have many.
  if (!HasWildcards(glob)) return glob == text;
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool MatchesAny(const std::string& glob,
                const std::vector<std::string>& functions) {
  return std::any_of(
      functions.begin(), functions.end(),
      [&](const std::string& function) { return MatchesGlob(glob, function); });
}

}  // namespace

const std::vector<std::string>& Subject::creators() {
  if (!creators_.has_value()) {
    creators_ = resource_.origin.has_value()
                    ? functions_of_(resource_.origin->stack)
                    : std::vector<std::string>();
  }
  return *creators_;
}

const std::vector<std::string>& Subject::functions_now() {
  if (!functions_now_.has_value()) {
    functions_now_ = resource_.now.has_value()
                         ? functions_of_(resource_.now->stack)
                         : std::vector<std::string>();
  }
  return *functions_now_;
}

const std::string& Subject::maker() {
  if (!maker_.has_value()) maker_ = MakerOf(resource_);
  return *maker_;
}

bool Matches(const IgnoreRule& rule, Subject* subject) {
  switch (rule.by) {
    case IgnoreRule::By::kName:
      return rule.kind == subject->resource().identity.kind &&
             MatchesGlob(rule.glob, subject->resource().name);
    case IgnoreRule::By::kCreator:
      return MatchesAny(rule.glob, subject->creators());
    case IgnoreRule::By::kStack:
      break;
  }
  return MatchesAny(rule.glob, subject->functions_now());
}

bool Matches(const FileRule& rule, const std::string& place, Subject* subject) {
  const Resource& resource = subject->resource();
  if (!IsAbout(rule, resource.identity.kind, place)) return false;
  if (!rule.dirt_glob.empty() && !MatchesGlob(rule.dirt_glob, resource.dirt)) {
    return false;
  }
  switch (rule.by) {
    case FileRule::By::kName:
      return MatchesGlob(rule.glob, resource.name);
    case FileRule::By::kMaker:
      return !subject->maker().empty() &&
             MatchesGlob(rule.glob, subject->maker());
    case FileRule::By::kCreator:
      return MatchesAny(rule.glob, subject->creators());
    case FileRule::By::kStack:
      break;
  }
  return MatchesAny(rule.glob, subject->functions_now());
}

bool IsAbout(const FileRule& rule, Kind kind, const std::string& place) {
  return rule.kind.value_or(kind) == kind && MatchesGlob(rule.test_glob, place);
}

std::string GlobOf(const std::string& text) {
  std::string glob;
  for (char c : text) {
    if (HasWildcards(std::string(1, c))) glob += '\\';
    glob += c;
  }
  return glob;
}

bool HasWildcards(const std::string& glob) {
  return glob.find_first_of(kWildcards) != glob.npos;
}

}  // namespace leaktrap::internal
