#include "leaktrap/check/judge.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

bool IsIgnored(const Resource& resource, const Options& options) {
  return std::any_of(options.ignores().begin(), options.ignores().end(),
                     [&](const Options::Ignore& rule) {
                       return rule.kind == resource.identity.kind &&
                              fnmatch(rule.glob.c_str(), resource.name.c_str(),
                                      0) == 0;
                     });
}

bool HasPatterns(Kind kind, const Options& options) {
  return std::any_of(
      options.ignores().begin(), options.ignores().end(),
      [kind](const Options::Ignore& rule) { return rule.kind == kind; });
}

Judgement Judge(std::vector<Resource> resources, const Options& options) {
  std::map<Kind, std::vector<Resource>> by_kind;
  for (Resource& resource : resources) {
    by_kind[resource.identity.kind].push_back(std::move(resource));
  }
  Judgement judgement;
  for (auto& [kind, found] : by_kind) {
    const Options::Tolerance tolerance = options.tolerance(kind);
    const bool tolerated = static_cast<int>(found.size()) <= tolerance.count;
    for (Resource& resource : found) {
      if (tolerated) {
        judgement.tolerated.push_back({std::move(resource), tolerance.reason});
      } else if (options.mode(kind) == Mode::kReport) {
        judgement.only_reported.push_back(std::move(resource));
      } else {
        judgement.leaks.push_back(std::move(resource));
      }
    }
  }
  return judgement;
}

}  // namespace leaktrap::internal
