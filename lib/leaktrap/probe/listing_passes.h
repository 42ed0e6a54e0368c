// A true list of threads or children out of passes that each may have missed
// one.
//
// The kernel finds its place in its list of threads again by counting, and so
// in a list of children: one that goes while the list is read can hide one that
// stays.

#ifndef LEAKTRAP_PROBE_LISTING_PASSES_H_
#define LEAKTRAP_PROBE_LISTING_PASSES_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// After so many disturbed passes, what they saw together is
// the answer.
inline constexpr int kMostListingPasses = 20;

// What one reading of the list gave.
struct ListingPass {
  std::vector<Identity> identities;  // in ascending order
  std::string error;                 // why it could not be read
  bool whole = false;                // sure to have missed none
  bool vanished = false;  // one that was listed ended before it was read
};

struct ListingSource {
  std::function<ListingPass()> pass;
  // The kernel's own count, now; 0 if it does not say.
  std::function<size_t()> count;
  std::function<bool(const Identity&)> has_ended;
};

// A pass is the answer if nothing vanished in it and it is whole, as long as
// the kernel's own count, or equal to the pass before.
Listing ListByPasses(const ListingSource& source);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_LISTING_PASSES_H_
