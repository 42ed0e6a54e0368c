// What was judged already, and by whom: each resource is judged once.

#ifndef LEAKTRAP_CHECK_REPORTED_H_
#define LEAKTRAP_CHECK_REPORTED_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

class Reported {
 public:
  // What another has had before, and others may have in turn, one at a time.
  struct Place {
    Identity of;  // who had it first
    // The innermost scope in which that came; zero if it was there before all,
    // or was forgiven. What has the place in the end is that scope's.
    uint64_t came_in;
  };
  static constexpr uint64_t kNotKnown = ~uint64_t{0};

  struct Entry {
    std::string owner;  // the test or scope that it was reported with
    std::string text;   // what it was, for a note when it goes; empty for what
                        // was forgiven, of whose end nobody needs to hear
    std::chrono::steady_clock::time_point at = {};  // by the verifier's clock
    std::optional<Place> place = {};
  };
  using Entries = std::map<Identity, Entry>;

  void Add(const Identity& identity, Entry entry);

  // Whether `identity` may be one of them (see MayBeSame).
  bool Has(const Identity& identity) const {
    return Find(identity) != entries_.end();
  }
  Entries::const_iterator Find(const Identity& identity) const;

  // No leak, and when it goes another may take its place. In which scope the
  // first one came is not known if that was not reported.
  void AddInPlaceOf(const Identity& gone, const Identity& identity);
  void AddForgiven(const Identity& identity);

  // Whether another may take the place of `identity` when it goes: who has been
  // reported as a leak has none.
  bool LeavesPlace(const Identity& identity) const {
    const auto known = Find(identity);
    return known == entries_.end() || known->second.place.has_value();
  }
  // Who had it first.
  Identity PlaceOf(const Identity& identity) const;

  // For what took a place and has it yet not been said of.
  void SetCameIn(const Identity& identity, uint64_t scope);
  // What has a place that came in `scope`, or later: is not reported any more,
  // or nobody's.
  void ForgetPlacesFrom(uint64_t scope);
  void ForgivePlacesFrom(uint64_t scope);

  const Entries& entries() const { return entries_; }
  void Erase(const Identity& identity) { entries_.erase(identity); }

 private:
  Entries entries_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_REPORTED_H_
