#include "leaktrap/probe/listing_passes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Identity Thread(uint64_t tid) { return {Kind::kThread, 0, tid, {tid}}; }

ListingPass Pass(std::initializer_list<uint64_t> tids, bool vanished = false) {
  ListingPass pass;
  for (const uint64_t tid : tids) pass.identities.push_back(Thread(tid));
  pass.vanished = vanished;
  return pass;
}

// Gives `passes` one after the other, the last again and again.
struct Passes {
  std::vector<ListingPass> passes;
  size_t count;
  uint64_t ended = 0;  // the thread that has, in the end
  int taken = 0;

  Listing List() {
    ListingSource source;
    source.pass = [this] {
      const size_t i = taken++;
      return passes[std::min(i, passes.size() - 1)];
    };
    source.count = [this] { return count; };
    source.has_ended = [this](const Identity& identity) {
      return identity.number == ended;
    };
    return ListByPasses(source);
  }
};

TEST(ListingPassesTest, OneQuietPassIsEnough) {
  Passes passes{{Pass({1, 2})}, 2};
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1), Thread(2)));
  EXPECT_EQ(passes.taken, 1);
}

TEST(ListingPassesTest, APassInWhichOneVanishedDoesNotCount) {
  Passes passes{{Pass({1, 2}, true), Pass({1, 3})}, 2};
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1), Thread(3)));
}

TEST(ListingPassesTest, APassOfAnotherLengthThanTheCountDoesNotCount) {
  Passes passes{{Pass({1}), Pass({1, 2})}, 2};
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1), Thread(2)));
}

TEST(ListingPassesTest, WithoutACountTwoEqualPassesAreTheAnswer) {
  Passes passes{{Pass({1, 3}), Pass({1, 2}), Pass({1, 2})}, 0};
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1), Thread(2)));
  EXPECT_EQ(passes.taken, 3);
}

TEST(ListingPassesTest, WithoutACountOneEmptyPassIsNotEnough) {
  Passes passes{{Pass({}), Pass({1}), Pass({1})}, 0};
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1)));
}

TEST(ListingPassesTest, AWholePassIsEnough) {
  Passes passes{{Pass({1}), Pass({2})}, 0};
  passes.passes[0].whole = true;
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(1)));
}

TEST(ListingPassesTest, AWholePassInWhichOneVanishedDoesNotCount) {
  Passes passes{{Pass({1}, true), Pass({2}), Pass({2})}, 0};
  passes.passes[0].whole = true;
  EXPECT_THAT(passes.List().identities, ElementsAre(Thread(2)));
}

TEST(ListingPassesTest, DisturbedToTheLastTheySayTogether) {
  Passes passes{
      {Pass({1, 2}, true), Pass({1, 3}, true), Pass({1, 4}, true)}, 3, 4};
  EXPECT_THAT(passes.List().identities,
              ElementsAre(Thread(1), Thread(2), Thread(3)));
  EXPECT_EQ(passes.taken, kMostListingPasses);
}

TEST(ListingPassesTest, AnErrorIsNoList) {
  Passes passes{{Pass({1}, true), Pass({1})}, 1};
  passes.passes[1].error = "cannot look";
  const Listing listing = passes.List();
  EXPECT_EQ(listing.error, "cannot look");
  EXPECT_THAT(listing.identities, IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
