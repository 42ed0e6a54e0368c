#include "leaktrap/check/serving.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/made_up_origins.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Threads have the numbers from 100 on.
class ServingTest : public testing::Test {
 protected:
  void AddThread(uint64_t number) {
    threads_.listing.identities.push_back({Kind::kThread, 0, number, {1}});
  }

  // Something with `number` is made now by thread `tid`.
  void MadeBy(uint64_t number, int tid) {
    origins_.Make(number, 0x1000).tid = tid;
  }

  // The numbers of what is left of all there is but `old`.
  std::vector<uint64_t> Left(uint64_t old = 0) {
    const ProbeSet probes = MadeUpProbes(Kind::kThread, &threads_, &origins_);
    const Snapshot now = probes.Take(Options());
    std::vector<Identity> left;
    for (const Identity& identity : now.seen->identities) {
      if (identity.number != old) left.push_back(identity);
    }
    TakeServing(now, probes, &left);
    std::vector<uint64_t> numbers;
    for (const Identity& identity : left) numbers.push_back(identity.number);
    return numbers;
  }

  MadeUpWorld threads_;
  MadeUpOrigins origins_;
};

TEST_F(ServingTest, WaitsOnWhatIsKept) {
  AddThread(100);
  AddThread(101);
  threads_.waits_on = {{100, {3, 7}}, {101, {8}}};
  EXPECT_THAT(Left(), ElementsAre(100, 101));
  threads_.listing.kept_descriptors = {7};
  EXPECT_THAT(Left(), ElementsAre(101));
}

TEST_F(ServingTest, MadeByOneThatServesAndSoOn) {
  for (uint64_t number : {100, 101, 102, 103}) AddThread(number);
  threads_.listing.kept_threads = {100};
  MadeBy(100, 1);
  MadeBy(101, 100);
  MadeBy(102, 101);
  MadeBy(103, 1);
  EXPECT_THAT(Left(), ElementsAre(103));
}

// An event loop has other work too.
TEST_F(ServingTest, OfWhatAWaitingOneMadeOnlyWhatItWaitsOn) {
  AddThread(100);
  AddThread(101);
  threads_.listing.identities.push_back({Kind::kDescriptor, 0, 8, {1, 1, 1}});
  threads_.listing.identities.push_back({Kind::kDescriptor, 0, 9, {1, 2, 1}});
  MadeBy(100, 1);
  MadeBy(101, 100);
  MadeBy(8, 100);
  MadeBy(9, 100);
  threads_.listing.kept_descriptors = {7};
  threads_.waits_on = {{100, {7, 8}}};
  EXPECT_THAT(Left(), ElementsAre(101, 9));
  EXPECT_THAT(Left(/*old=*/100), ElementsAre(101, 9));
  threads_.waits_on = {{100, {8}}};
  EXPECT_THAT(Left(), ElementsAre(100, 101, 8, 9));
}

TEST_F(ServingTest, AnEarlierThreadOfThatIdIsNotMeant) {
  AddThread(100);
  AddThread(101);
  threads_.listing.kept_threads = {101};
  MadeBy(100, 101);
  MadeBy(101, 1);
  EXPECT_THAT(Left(), ElementsAre(100));
}

// Snapshot comparison takes out what a pool names; this takes out only what
// nobody names.
TEST_F(ServingTest, ThreadThatIsNamedServes) {
  AddThread(100);
  threads_.listing.kept_threads = {100};
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ServingTest, NobodyIsAskedWhereNothingIsKept) {
  AddThread(100);
  MadeBy(100, 1);
  EXPECT_THAT(Left(), ElementsAre(100));
}

}  // namespace
}  // namespace leaktrap::internal
