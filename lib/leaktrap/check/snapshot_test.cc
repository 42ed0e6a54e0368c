#include "leaktrap/check/snapshot.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Identity kFile = {Kind::kDescriptor, 0, 7, {1, 100, 0}};
constexpr Identity kOtherFileAtItsNumber = {
    Kind::kDescriptor, 0, 7, {1, 101, 0}};
constexpr Identity kSocket = {Kind::kDescriptor, 0, 8, {1, 102, 0}};
constexpr Identity kThread = {Kind::kThread, 0, 7, {55}};

Snapshot Of(Sight sight) {
  std::sort(sight.identities.begin(), sight.identities.end());
  Snapshot snapshot;
  snapshot.seen = std::make_shared<const Sight>(std::move(sight));
  return snapshot;
}

Snapshot Of(std::vector<Identity> identities) {
  Sight sight;
  sight.identities = std::move(identities);
  return Of(std::move(sight));
}

Sight Keeping(std::vector<Identity> identities,
              std::vector<int> kept_descriptors) {
  Sight sight;
  sight.identities = std::move(identities);
  sight.kept_descriptors = std::move(kept_descriptors);
  return sight;
}

TEST(CreatedTest, WhatIsOnlyInTheSecond) {
  EXPECT_THAT(Created(Of({kFile}), Of({kFile, kSocket}), {}),
              ElementsAre(kSocket));
  EXPECT_THAT(Created(Of({kFile, kSocket}), Of({kFile}), {}), IsEmpty());
}

TEST(CreatedTest, EqualCountsHideNothing) {
  EXPECT_THAT(Created(Of({kFile}), Of({kSocket}), {}), ElementsAre(kSocket));
}

TEST(CreatedTest, ANumberUsedAgainIsNew) {
  EXPECT_THAT(Created(Of({kFile}), Of({kOtherFileAtItsNumber}), {}),
              ElementsAre(kOtherFileAtItsNumber));
}

TEST(CreatedTest, WhatWasReportedIsNotReportedAgain) {
  Reported reported;
  reported.Add(kFile, {});
  EXPECT_THAT(Created(Snapshot(), Of({kFile, kSocket}), reported),
              ElementsAre(kSocket));
}

// A pool that lets an idle connection go and forgets to close it.
TEST(CreatedTest, WhatIsKeptNoMoreIsNew) {
  const Snapshot before = Of(Keeping({kFile, kSocket}, {8}));
  EXPECT_THAT(Created(before, Of({kFile, kSocket}), {}), ElementsAre(kSocket));
  EXPECT_THAT(Created(before, before, {}), IsEmpty());
}

TEST(CreatedTest, AProbeThatIsNewHasNoBaseline) {
  const Identity lock = {Kind::kOther, 41, 5, {}};
  Sight asked;
  asked.user_probes = {41};
  Sight asked_and_seen = asked;
  asked_and_seen.identities = {lock};
  const Snapshot after = Of(asked_and_seen);
  EXPECT_THAT(Created(Snapshot(), after, {}), IsEmpty());
  EXPECT_THAT(Created(Of(asked), after, {}), ElementsAre(lock));
}

TEST(ReleasedTest, CountsWhatWentButNotWhatWasKept) {
  const Snapshot before = Of(Keeping({kFile, kSocket, kThread}, {7}));
  EXPECT_THAT(
      Released(before, Snapshot()),
      testing::UnorderedElementsAre(testing::Pair(Kind::kThread, 1),
                                    testing::Pair(Kind::kDescriptor, 1)));
  EXPECT_THAT(Released(before, Of({kSocket, kThread})), IsEmpty());
}

TEST(CreatedTest, KeptThreadsAreNotLeaksUntilTheyAreKeptNoMore) {
  const Identity thread = {Kind::kThread, 0, 101, {1}};
  Sight keeping;
  keeping.identities = {thread};
  keeping.kept_threads = {101};
  const Snapshot none, kept = Of(keeping), lost = Of({thread});
  EXPECT_THAT(Created(none, kept, {}), IsEmpty());
  EXPECT_THAT(Created(kept, kept, {}), IsEmpty());
  EXPECT_THAT(Created(kept, lost, {}), ElementsAre(thread));
}

TEST(CreatedTest, KeptDescriptorsAreNotLeaks) {
  const Snapshot after = Of(Keeping({kFile, kSocket, kThread}, {7}));
  // The thread has the same number, and is no descriptor.
  EXPECT_THAT(Created(Snapshot(), after, {}), ElementsAre(kThread, kSocket));
}

}  // namespace
}  // namespace leaktrap::internal
