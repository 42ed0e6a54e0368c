#include "leaktrap/check/reported.h"

#include <cstdint>
#include <utility>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

template <typename Map>
auto FindIn(Map& map, const Identity& identity) {
  const Identity first = {identity.kind, identity.source, identity.number};
  for (auto entry = map.lower_bound(first);
       entry != map.end() && entry->first.kind == identity.kind &&
       entry->first.source == identity.source &&
       entry->first.number == identity.number;
       ++entry) {
    if (MayBeSame(entry->first, identity)) return entry;
  }
  return map.end();
}

template <typename Map>
void EraseFrom(Map* map, const Identity& identity) {
  const auto known = FindIn(*map, identity);
  if (known != map->end()) map->erase(known);
}

}  // namespace

void Reported::Add(const Identity& identity, Entry entry) {
  Erase(identity);  // it may be known better by now: under its sequence
  entries_[identity] = std::move(entry);
}

Reported::Entries::const_iterator Reported::Find(
    const Identity& identity) const {
  return FindIn(entries_, identity);
}

void Reported::Erase(const Identity& identity) {
  EraseFrom(&entries_, identity);
  EraseFrom(&places_, identity);
}

void Reported::AddInPlaceOf(const Identity& gone, const Identity& identity) {
  const auto known = FindIn(places_, gone);
  const Place place =
      known == places_.end() ? Place{gone, kNotKnown} : known->second;
  Add(identity, {});
  places_[identity] = place;
}

void Reported::Vacate(const Identity& identity) {
  EraseFrom(&entries_, identity);
}

void Reported::Occupy(const Identity& identity) {
  if (!Has(identity)) entries_[identity] = {};
}

bool Reported::LeavesPlace(const Identity& identity) const {
  return !Has(identity) || FindIn(places_, identity) != places_.end();
}

Identity Reported::PlaceOf(const Identity& identity) const {
  const auto known = FindIn(places_, identity);
  return known == places_.end() ? identity : known->second.of;
}

void Reported::SetCameIn(const Identity& identity, uint64_t scope) {
  const auto known = FindIn(places_, identity);
  if (known != places_.end() && known->second.came_in == kNotKnown) {
    known->second.came_in = scope;
  }
}

void Reported::ForgetPlacesFrom(uint64_t scope) {
  for (auto place = places_.begin(); place != places_.end();) {
    if (place->second.came_in >= scope) {
      EraseFrom(&entries_, place->first);
      place = places_.erase(place);
    } else {
      ++place;
    }
  }
}

void Reported::ForgivePlacesFrom(uint64_t scope) {
  for (auto& [identity, place] : places_) {
    if (place.came_in >= scope) place.came_in = 0;
  }
}

}  // namespace leaktrap::internal
