#include "leaktrap/check/reported.h"

#include <optional>
#include <utility>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

void Reported::Add(const Identity& identity, Entry entry) {
  const auto known = Find(identity);
  // It may be known better by now: under its sequence.
  if (known != entries_.end()) entries_.erase(known);
  entries_[identity] = std::move(entry);
}

Reported::Entries::const_iterator Reported::Find(
    const Identity& identity) const {
  const Identity first = {identity.kind, identity.source, identity.number};
  for (auto entry = entries_.lower_bound(first);
       entry != entries_.end() && entry->first.kind == identity.kind &&
       entry->first.source == identity.source &&
       entry->first.number == identity.number;
       ++entry) {
    if (MayBeSame(entry->first, identity)) return entry;
  }
  return entries_.end();
}

void Reported::AddInPlaceOf(const Identity& gone, const Identity& identity) {
  const auto known = Find(gone);
  const bool is_handed_on =
      known != entries_.end() && known->second.place.has_value();
  Entry entry;
  entry.place = is_handed_on ? *known->second.place : Place{gone, kNotKnown};
  Add(identity, std::move(entry));
}

void Reported::AddForgiven(const Identity& identity) {
  Entry entry;
  entry.place = Place{identity, 0};
  Add(identity, std::move(entry));
}

Identity Reported::PlaceOf(const Identity& identity) const {
  const auto known = Find(identity);
  return known == entries_.end() || !known->second.place.has_value()
             ? identity
             : known->second.place->of;
}

void Reported::SetCameIn(const Identity& identity, uint64_t scope) {
  const auto known = entries_.find(identity);
  if (known == entries_.end() || !known->second.place.has_value()) return;
  uint64_t& came_in = known->second.place->came_in;
  if (came_in == kNotKnown) came_in = scope;
}

void Reported::ForgetPlacesFrom(uint64_t scope) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const std::optional<Place>& place = entry->second.place;
    if (place.has_value() && place->came_in >= scope) {
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
}

void Reported::ForgivePlacesFrom(uint64_t scope) {
  for (auto& [identity, entry] : entries_) {
    if (entry.place.has_value() && entry.place->came_in >= scope) {
      entry.place->came_in = 0;
    }
  }
}

}  // namespace leaktrap::internal
