#include "leaktrap/check/reported.h"

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

}  // namespace leaktrap::internal
