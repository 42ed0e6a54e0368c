#include "leaktrap/check/replacements.h"

#include <fnmatch.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/built_in_rules.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using Place = std::vector<Identity>::iterator;

bool HasSameMaker(const Resource& resource, const Identity& gone,
                  const std::vector<Release>& releases) {
  if (!resource.origin.has_value() || resource.origin->stack.empty()) {
    return false;
  }
  return std::any_of(
      releases.begin(), releases.end(), [&](const Release& release) {
        return !release.first_at.has_value() && release.kind == gone.kind &&
               release.made.sequence == gone.sequence && gone.sequence != 0 &&
               release.made.call == resource.origin->call &&
               release.made.stack == resource.origin->stack;
      });
}

// The one of the same number, if it is there: a descriptor that was closed and
// opened again.
Place FindPlace(const Identity& identity, std::vector<Identity>* places) {
  const auto same_number =
      std::find_if(places->begin(), places->end(), [&](const Identity& place) {
        return place.kind == identity.kind && place.number == identity.number;
      });
  if (same_number != places->end()) return same_number;
  return std::find_if(
      places->begin(), places->end(),
      [&](const Identity& place) { return place.kind == identity.kind; });
}

// The rule that lets `resource` take a place; null if there is none.
const ReplacementRule* FindRule(const Resource& resource,
                                const Options& options) {
  const ReplacementRule* found = nullptr;
  for (const ReplacementRule& rule : options.replacements()) {
    if (rule.kind != resource.identity.kind ||
        fnmatch(rule.glob.c_str(), resource.name.c_str(), 0) != 0) {
      continue;
    }
    ++rule.use->matches;
    if (found == nullptr) found = &rule;
  }
  return found;
}

void AddHint(const Identity& place, Resource* resource) {
  const std::string kind(KindName(resource->identity.kind));
  resource->hint = absl::StrCat(
      kind, " ", place.number,
      ", which was there before, is gone; if this one takes its place, allow "
      "it: AllowReplacement(Kind::k",
      std::string(1, static_cast<char>(kind[0] - 'a' + 'A')), kind.substr(1),
      ", \"", resource->name, "\", reason)");
}

}  // namespace

Replacements TakeReplacements(const std::vector<Identity>& gone,
                              const std::vector<Release>& releases,
                              const Options& options,
                              std::vector<Resource>* resources) {
  Replacements replacements;
  std::vector<Identity>& places = replacements.not_replaced;
  places = gone;
  std::vector<Resource> left;
  for (Resource& resource : *resources) {
    const auto same_maker =
        std::find_if(places.begin(), places.end(), [&](const Identity& place) {
          return !options.is_disabled(kSameMaker) &&
                 place.kind == resource.identity.kind &&
                 HasSameMaker(resource, place, releases);
        });
    if (same_maker == places.end()) {
      left.push_back(std::move(resource));
      continue;
    }
    places.erase(same_maker);
    replacements.by_same_maker.push_back(std::move(resource));
  }
  resources->clear();
  for (Resource& resource : left) {
    const auto place = FindPlace(resource.identity, &places);
    const ReplacementRule* const rule =
        place == places.end() ? nullptr : FindRule(resource, options);
    if (rule == nullptr) {
      resources->push_back(std::move(resource));
      continue;
    }
    places.erase(place);
    replacements.allowed.push_back({std::move(resource), rule->reason});
  }
  for (Resource& resource : *resources) {
    const auto place = FindPlace(resource.identity, &places);
    if (place != places.end()) AddHint(*place, &resource);
  }
  return replacements;
}

}  // namespace leaktrap::internal
