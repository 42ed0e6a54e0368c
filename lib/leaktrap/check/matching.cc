#include "leaktrap/check/matching.h"

#include <fnmatch.h>

#include <algorithm>
#include <string>
#include <vector>

#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

constexpr char kWildcards[] = "*?[\\";

bool MatchesGlob(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool MatchesAny(const std::string& glob,
                const std::vector<std::string>& functions) {
  return std::any_of(
      functions.begin(), functions.end(),
      [&](const std::string& function) { return MatchesGlob(glob, function); });
}

bool IsMadeBelow(const std::string& glob, const Resource& resource,
                 FunctionsOf functions_of) {
  return resource.origin.has_value() &&
         MatchesAny(glob, functions_of(resource.origin->stack));
}

bool IsNowIn(const std::string& glob, const Resource& resource,
             FunctionsOf functions_of) {
  return resource.now.has_value() &&
         MatchesAny(glob, functions_of(resource.now->stack));
}

}  // namespace

bool Matches(const IgnoreRule& rule, const Resource& resource,
             FunctionsOf functions_of) {
  switch (rule.by) {
    case IgnoreRule::By::kName:
      return rule.kind == resource.identity.kind &&
             MatchesGlob(rule.glob, resource.name);
    case IgnoreRule::By::kCreator:
      return IsMadeBelow(rule.glob, resource, functions_of);
    case IgnoreRule::By::kStack:
      break;
  }
  return IsNowIn(rule.glob, resource, functions_of);
}

bool Matches(const FileRule& rule, const Resource& resource,
             const std::string& place, FunctionsOf functions_of) {
  if (!IsAbout(rule, resource.identity.kind, place)) return false;
  switch (rule.by) {
    case FileRule::By::kName:
      return MatchesGlob(rule.glob, resource.name);
    case FileRule::By::kCreator:
      return IsMadeBelow(rule.glob, resource, functions_of);
    case FileRule::By::kStack:
      break;
  }
  return IsNowIn(rule.glob, resource, functions_of);
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
