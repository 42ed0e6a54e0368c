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
    // It took the place of what was there before: no leak, and when it goes
    // another may take its place in turn.
    bool has_place = false;
    Identity place = {};  // whose
    // The innermost scope in which the first one came that had this place; zero
    // if it was there before all. What is left in the place in the end is that
    // scope's.
    uint64_t came_in = 0;
  };
  using Entries = std::map<Identity, Entry>;

  void Add(const Identity& identity, Entry entry);

  // Whether `identity` may be one of them (see MayBeSame).
  bool Has(const Identity& identity) const {
    return Find(identity) != entries_.end();
  }
  Entries::const_iterator Find(const Identity& identity) const;

  // Whether another may take the place of `identity` when it goes.
  bool LeavesPlace(const Identity& identity) const {
    const auto known = Find(identity);
    return known == entries_.end() || known->second.has_place;
  }

  const Entries& entries() const { return entries_; }
  Entries& entries() { return entries_; }
  void Erase(const Identity& identity) { entries_.erase(identity); }

 private:
  Entries entries_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_REPORTED_H_
