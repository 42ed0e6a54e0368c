#include "leaktrap/probe/listing_passes.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

void Merge(const std::vector<Identity>& more, std::vector<Identity>* all) {
  all->insert(all->end(), more.begin(), more.end());
  std::sort(all->begin(), all->end());
  all->erase(std::unique(all->begin(), all->end()), all->end());
}

}  // namespace

Listing ListByPasses(const ListingSource& source) {
  std::vector<Identity> seen, previous;
  for (int i = 0; i < kMostListingPasses; ++i) {
    ListingPass pass = source.pass();
    Listing listing;
    if (!pass.error.empty()) {
      listing.error = std::move(pass.error);
      return listing;
    }
    const size_t count = source.count();
    if (!pass.vanished &&
        (pass.whole || (count != 0 && pass.identities.size() == count) ||
         (i > 0 && pass.identities == previous))) {
      listing.identities = std::move(pass.identities);
      return listing;
    }
    Merge(pass.identities, &seen);
    previous = std::move(pass.identities);
  }
  seen.erase(std::remove_if(seen.begin(), seen.end(), source.has_ended),
             seen.end());
  Listing listing;
  listing.identities = std::move(seen);
  return listing;
}

}  // namespace leaktrap::internal
