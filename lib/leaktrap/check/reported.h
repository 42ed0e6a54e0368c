// What was judged already, and by whom: each resource is judged once.

#ifndef LEAKTRAP_CHECK_REPORTED_H_
#define LEAKTRAP_CHECK_REPORTED_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

class Reported {
 public:
  struct Entry {
    std::string owner;  // the test or scope that it was reported with
    std::string text;   // what it was, for a note when it goes; empty for what
                        // was forgiven, of whose end nobody needs to hear
    std::chrono::steady_clock::time_point at = {};  // by the verifier's clock
  };
  using Entries = std::map<Identity, Entry>;

  // What another has had before, and others may have in turn, one at a time.
  struct Place {
    Identity of;  // who had it first
    // The innermost scope in which that came; zero if it was there before all,
    // or is nobody's. What has the place in the end is that scope's.
    uint64_t came_in;
  };
  using Places = std::map<Identity, Place>;
  static constexpr uint64_t kNotKnown = ~uint64_t{0};

  void Add(const Identity& identity, Entry entry);

  // Whether `identity` may be one of them (see MayBeSame).
  bool Has(const Identity& identity) const {
    return Find(identity) != entries_.end();
  }
  Entries::const_iterator Find(const Identity& identity) const;

  void Erase(const Identity& identity);
  const Entries& entries() const { return entries_; }

  // `identity` is no leak: it has the place of `gone`, and when it goes another
  // may have that.
  void AddInPlaceOf(const Identity& gone, const Identity& identity);

  // It is gone, and its place is empty; it is there again.
  void Vacate(const Identity& identity);
  void Occupy(const Identity& identity);

  // Whether another may take the place of `identity` when it goes. What was
  // judged, and has no place of others, leaves none.
  bool LeavesPlace(const Identity& identity) const;
  // Who had it first.
  Identity PlaceOf(const Identity& identity) const;

  // Says so of one that has a place of which it is not known yet.
  void SetCameIn(const Identity& identity, uint64_t scope);
  // Those whose place came in `scope`, or in a later one, are to be judged, or
  // are nobody's.
  void ForgetPlacesFrom(uint64_t scope);
  void ForgivePlacesFrom(uint64_t scope);

  // By who has them, or was the last to have them.
  const Places& places() const { return places_; }

 private:
  Entries entries_;
  Places places_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_REPORTED_H_
