#include "leaktrap/check/replacements.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/built_in_rules.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// What makes two of a kind by the same maker: the call, and its stack.
using Maker = std::tuple<Kind, std::string, std::vector<uintptr_t>>;

// The places that what is gone has left, in its order. Each is taken once.
class Places {
 public:
  explicit Places(const std::vector<Identity>& gone)
      : places_(gone), is_taken_(gone.size()) {
    for (size_t i = 0; i < gone.size(); ++i) {
      by_kind_[gone[i].kind].push_back(i);
      by_number_[{gone[i].kind, gone[i].number}].push_back(i);
    }
  }

  // From now on places are known by who made what is gone.
  void AddMakers(const std::vector<Release>& releases) {
    std::map<std::pair<Kind, uint64_t>, const Release*> made;
    for (const Release& release : releases) {
      if (release.first_at.has_value()) continue;
      made.emplace(std::pair(release.kind, release.made.sequence), &release);
    }
    for (size_t i = 0; i < places_.size(); ++i) {
      if (places_[i].sequence == 0) continue;
      const auto known = made.find({places_[i].kind, places_[i].sequence});
      if (known == made.end()) continue;
      const Origin& origin = known->second->made;
      by_maker_[{places_[i].kind, origin.call, origin.stack}].push_back(i);
    }
  }

  // The first that the maker of `resource` made; nothing if there is none.
  std::optional<size_t> OfSameMaker(const Resource& resource) {
    if (!resource.origin.has_value() || resource.origin->stack.empty()) {
      return std::nullopt;
    }
    return First(by_maker_, {resource.identity.kind, resource.origin->call,
                             resource.origin->stack});
  }

  // The one of the same number, if it is there: a descriptor that was closed
  // and opened again. Else the first of the kind.
  std::optional<size_t> Find(const Identity& identity) {
    const auto same_number =
        First(by_number_, {identity.kind, identity.number});
    return same_number.has_value() ? same_number
                                   : First(by_kind_, identity.kind);
  }

  const Identity& At(size_t place) const { return places_[place]; }
  void Take(size_t place) { is_taken_[place] = true; }

  std::vector<Identity> Left() const {
    std::vector<Identity> left;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (!is_taken_[i]) left.push_back(places_[i]);
    }
    return left;
  }

 private:
  template <typename Key>
  std::optional<size_t> First(std::map<Key, std::deque<size_t>>& places,
                              const Key& key) {
    const auto found = places.find(key);
    if (found == places.end()) return std::nullopt;
    std::deque<size_t>& of_key = found->second;
    while (!of_key.empty() && is_taken_[of_key.front()]) of_key.pop_front();
    return of_key.empty() ? std::nullopt : std::optional(of_key.front());
  }

  std::vector<Identity> places_;
  std::vector<bool> is_taken_;
  std::map<Kind, std::deque<size_t>> by_kind_;
  std::map<std::pair<Kind, uint64_t>, std::deque<size_t>> by_number_;
  std::map<Maker, std::deque<size_t>> by_maker_;
};

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

std::vector<Identity> GonePlaces(const Snapshot& before, const Snapshot& after,
                                 const Reported& reported) {
  std::vector<Identity> gone = Gone(before, after);
  if (gone.empty()) return gone;
  std::vector<Identity> taken;
  for (const auto& [identity, place] : reported.places()) {
    if (Shows(after, identity)) taken.push_back(place.of);
  }
  const auto is_taken = [&](const Identity& place) {
    return std::any_of(taken.begin(), taken.end(), [&](const Identity& other) {
      return MayBeSame(other, place);
    });
  };
  gone.erase(std::remove_if(gone.begin(), gone.end(),
                            [&](const Identity& identity) {
                              return identity.IsFinishedThread() ||
                                     !reported.LeavesPlace(identity) ||
                                     is_taken(reported.PlaceOf(identity));
                            }),
             gone.end());
  return gone;
}

Replacements TakeReplacements(const std::vector<Identity>& gone,
                              const std::vector<Release>& releases,
                              const Options& options,
                              std::vector<Resource>* resources) {
  Replacements replacements;
  if (gone.empty()) return replacements;
  Places places(gone);
  if (!options.is_disabled(kSameMaker)) places.AddMakers(releases);
  std::vector<Resource> left;
  for (Resource& resource : *resources) {
    const std::optional<size_t> place = places.OfSameMaker(resource);
    if (!place.has_value()) {
      left.push_back(std::move(resource));
      continue;
    }
    places.Take(*place);
    replacements.taken.emplace_back(resource.identity, places.At(*place));
    replacements.by_same_maker.push_back(std::move(resource));
  }
  resources->clear();
  for (Resource& resource : left) {
    const std::optional<size_t> place = places.Find(resource.identity);
    const ReplacementRule* const rule =
        place.has_value() ? FindRule(resource, options) : nullptr;
    if (rule == nullptr) {
      resources->push_back(std::move(resource));
      continue;
    }
    places.Take(*place);
    replacements.taken.emplace_back(resource.identity, places.At(*place));
    replacements.allowed.push_back({std::move(resource), rule->reason});
  }
  for (Resource& resource : *resources) {
    const std::optional<size_t> place = places.Find(resource.identity);
    if (place.has_value()) AddHint(places.At(*place), &resource);
  }
  replacements.not_replaced = places.Left();
  return replacements;
}

}  // namespace leaktrap::internal
