#include "leaktrap/check/quick_look.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/made_up_origins.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr Identity kOne = {Kind::kDescriptor, 0, 1, {1}};
constexpr Identity kOther = {Kind::kDescriptor, 0, 1, {2}};
constexpr Identity kMore = {Kind::kDescriptor, 0, 2, {1}};
constexpr microseconds kCostOfListing(100);

// Lists what stands in its world, at a price; counts like the kernel.
class CountingProbe : public QuickProbe {
 public:
  CountingProbe(Kind kind, MadeUpWorld* world, MadeUpClock* clock)
      : kind_(kind), world_(*world), clock_(*clock) {}

  std::string name() const override { return "descriptor"; }
  Kind kind() const override { return kind_; }
  Listing List() override {
    world_.before_look(++world_.looks);
    clock_.Sleep(kCostOfListing);
    return world_.listing;
  }
  bool StillShows(absl::Span<const Identity> last, Records records) override {
    ++asked;
    relied_on = records;
    const auto& now = world_.listing.identities;
    return records == Records::kUnchanged
               ? last.size() == now.size()
               : std::equal(last.begin(), last.end(), now.begin(), now.end());
  }

  int asked = 0;
  Records relied_on = Records::kNone;

 private:
  const Kind kind_;
  MadeUpWorld& world_;
  MadeUpClock& clock_;
};

class QuickLookTest : public testing::Test {
 protected:
  QuickLookTest() {
    origins_.alive_sum = 1;
    world_.listing.identities = {kOne};
  }

  ProbeSet NewProbes(OriginSource* origins, Kind kind = Kind::kDescriptor) {
    std::vector<std::unique_ptr<Probe>> probes;
    for (Identity& identity : world_.listing.identities) identity.kind = kind;
    auto quick = std::make_unique<CountingProbe>(kind, &world_, &clock_);
    quick_ = quick.get();
    probes.push_back(std::move(quick));
    probes.push_back(
        std::make_unique<MadeUpProbe>(Kind::kConnection, &leases_));
    return ProbeSet(
        std::move(probes), [] { return std::vector<RegisteredProbe>(); },
        origins, &clock_);
  }

  // Whether the next look lists; it is to see what is there in any case.
  bool Lists(ProbeSet* probes, Since since = Since::kTest,
             const Options& options = Options()) {
    const int before = world_.looks;
    last_ = probes->TakeQuickly(options, since);
    return world_.looks > before;
  }

  MadeUpClock clock_;
  MadeUpOrigins origins_;
  MadeUpWorld world_, leases_;
  CountingProbe* quick_ = nullptr;
  Snapshot last_;
};

TEST_F(QuickLookTest, SharesWhatNothingHasChanged) {
  for (OriginSource* origins : {static_cast<OriginSource*>(nullptr),
                                static_cast<OriginSource*>(&origins_)}) {
    ProbeSet probes = NewProbes(origins);
    EXPECT_TRUE(Lists(&probes));
    const Snapshot first = last_;
    EXPECT_THAT(first.seen->identities, ElementsAre(kOne));
    EXPECT_FALSE(Lists(&probes));
    EXPECT_EQ(last_.seen, first.seen);
    EXPECT_EQ(quick_->relied_on,
              origins == nullptr ? Records::kNone : Records::kUnchanged);
    world_.listing.identities = {kOne, kMore};
    EXPECT_TRUE(Lists(&probes));
    EXPECT_THAT(last_.seen->identities, ElementsAre(kOne, kMore));
    EXPECT_FALSE(Lists(&probes));
    world_.listing.identities = {kOne};
  }
}

TEST_F(QuickLookTest, ASnapshotHasTheSequenceOfItsOwnTime) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  origins_.last_sequence = 7;
  EXPECT_FALSE(Lists(&probes));
  EXPECT_EQ(last_.last_sequence, 7u);
}

TEST_F(QuickLookTest, ListsWhatTheRecorderHasSeenChange) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  world_.listing.identities = {kOther};
  origins_.alive_sum = 2;
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOther));
}

TEST_F(QuickLookTest, ListsWhatChangesWhileItLooks) {
  ProbeSet probes = NewProbes(&origins_);
  world_.before_look = [this](int) { origins_.alive_sum = 3; };
  EXPECT_TRUE(Lists(&probes));
  world_.before_look = [](int) {};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_FALSE(Lists(&probes));
}

TEST_F(QuickLookTest, WithoutTheRecorderNothingPassesUnseen) {
  ProbeSet probes = NewProbes(nullptr);
  Lists(&probes);
  world_.listing.identities = {kOther};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOther));
}

TEST_F(QuickLookTest, BetweenTestsThreadsAreNotAskedForIfNothingWasMade) {
  ProbeSet probes = NewProbes(&origins_, Kind::kThread);
  Lists(&probes);
  Lists(&probes);
  const int asked = quick_->asked;
  EXPECT_FALSE(Lists(&probes, Since::kListeners));
  EXPECT_EQ(quick_->asked, asked);
  // Made, and released again: somebody is at work.
  ++origins_.last_sequence;
  EXPECT_FALSE(Lists(&probes, Since::kListeners));
  EXPECT_EQ(quick_->asked, asked + 1);
  EXPECT_FALSE(Lists(&probes, Since::kListeners));
  EXPECT_EQ(quick_->asked, asked + 1);
}

// A listener may open one by a raw system call.
TEST_F(QuickLookTest, BetweenTestsDescriptorsAreCounted) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  world_.listing.identities = {kOne, kMore};
  EXPECT_TRUE(Lists(&probes, Since::kListeners));
}

// A plain look of the user's has judged what is not in the last quick one.
TEST_F(QuickLookTest, ListsAfterAPlainLook) {
  ProbeSet probes = NewProbes(nullptr);
  MadeUpProof proof(/*holds=*/false);
  Verifier verifier(&probes, &clock_, &proof);
  verifier.Baseline(Options(), Since::kTest);
  verifier.Baseline(Options());
  const int looks = world_.looks;
  verifier.Baseline(Options(), Since::kTest);
  EXPECT_EQ(world_.looks, looks + 1);
  verifier.Baseline(Options(), Since::kTest);
  EXPECT_EQ(world_.looks, looks + 1);
}

TEST_F(QuickLookTest, WithoutTheRecorderBetweenTestsToo) {
  ProbeSet probes = NewProbes(nullptr, Kind::kThread);
  Lists(&probes);
  world_.listing.identities = {{Kind::kThread, 0, 1, {2}}};
  EXPECT_TRUE(Lists(&probes, Since::kListeners));
}

TEST_F(QuickLookTest, ListsEverythingFromTimeToTime) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  clock_.Sleep(kCostOfListing * (QuickLook::kShareOfPlainLooks - 2));
  EXPECT_FALSE(Lists(&probes));
  clock_.Sleep(kCostOfListing);
  EXPECT_TRUE(Lists(&probes));
  EXPECT_FALSE(Lists(&probes));
}

TEST_F(QuickLookTest, TrustsNoneForLong) {
  ProbeSet probes = NewProbes(&origins_);
  world_.before_look = [this](int) { clock_.Sleep(milliseconds(50)); };
  Lists(&probes);
  clock_.Sleep(QuickLook::kLongestTrust - milliseconds(51));
  EXPECT_FALSE(Lists(&probes));
  clock_.Sleep(milliseconds(1));
  EXPECT_TRUE(Lists(&probes));
}

TEST_F(QuickLookTest, TrustsOnceForLongerWhenItIsAskedTo) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  clock_.Sleep(QuickLook::kLongestTrust);
  probes.TrustNext();
  EXPECT_FALSE(Lists(&probes));
  EXPECT_TRUE(Lists(&probes));
  world_.listing.identities = {kOne, kMore};
  probes.TrustNext();
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOne, kMore));
}

TEST_F(QuickLookTest, ListsWhenItIsAskedTo) {
  ProbeSet probes = NewProbes(&origins_);
  for (bool trusts : {false, true}) {
    Lists(&probes);
    probes.ListNext();
    if (trusts) probes.TrustNext();
    EXPECT_TRUE(Lists(&probes));
    EXPECT_FALSE(Lists(&probes));
  }
}

// What raw system calls have done.
TEST_F(QuickLookTest, RecordsThatHaveMissedAChangeAreTrustedNoMore) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  world_.listing.identities = {kOther};
  EXPECT_FALSE(Lists(&probes)) << "it was not unseen";
  probes.ListNext();
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOther));
  world_.listing.identities = {kOne};
  EXPECT_TRUE(Lists(&probes)) << "it was missed again";
  EXPECT_EQ(quick_->relied_on, Records::kNone);
  const int asked = quick_->asked;
  EXPECT_FALSE(Lists(&probes, Since::kListeners));
  EXPECT_EQ(quick_->asked, asked + 1);
}

TEST_F(QuickLookTest, RecordsMayBeTrustedNotAtAll) {
  ProbeSet probes = NewProbes(&origins_);
  probes.DistrustRecords();
  Lists(&probes);
  world_.listing.identities = {kOther};
  EXPECT_TRUE(Lists(&probes));
}

TEST_F(QuickLookTest, WhatTheRecorderSawInTimeWasNotMissed) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  probes.ListNext();
  world_.before_look = [this](int) {
    world_.listing.identities = {kOther};
    origins_.alive_sum = 4;
  };
  EXPECT_TRUE(Lists(&probes));
  world_.before_look = [](int) {};
  Lists(&probes);
  EXPECT_FALSE(Lists(&probes));
  EXPECT_EQ(quick_->relied_on, Records::kUnchanged);
}

TEST_F(QuickLookTest, WhatProbesListThatCannotCountIsCompared) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  const Snapshot first = last_;
  const Identity lease = {Kind::kConnection, 1, 5, {}};
  leases_.listing.identities = {lease};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOne, lease));
  leases_.listing = {};
  leases_.listing.kept_descriptors = {2, 1};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_THAT(last_.seen->kept_descriptors, ElementsAre(1, 2));
  EXPECT_FALSE(Lists(&probes));
  leases_.listing.kept_connections[9] = {"http", 1};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_FALSE(Lists(&probes));
  leases_.listing.kept_connections[9] = {"http", 2};
  EXPECT_TRUE(Lists(&probes));
}

TEST_F(QuickLookTest, OtherKindsAreAnotherLook) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  const Options without = Options().SetMode(Kind::kDescriptor, Mode::kOff);
  EXPECT_FALSE(Lists(&probes, Since::kTest, without));
  EXPECT_TRUE(last_.seen->identities.empty());
  EXPECT_TRUE(Lists(&probes, Since::kListeners));
  EXPECT_THAT(last_.seen->identities, ElementsAre(kOne));
}

TEST_F(QuickLookTest, AfterAnErrorNothingIsKnown) {
  ProbeSet probes = NewProbes(&origins_);
  Lists(&probes);
  leases_.listing.error = "blind";
  EXPECT_TRUE(Lists(&probes));
  EXPECT_EQ(last_.error, "blind");
  leases_.listing.error = "";
  EXPECT_TRUE(Lists(&probes));
  EXPECT_EQ(last_.error, "");
  EXPECT_FALSE(Lists(&probes));
}

// They are listed by the recorder, and not counted by the kernel.
TEST_F(QuickLookTest, FinishedThreadsAreNotAskedFor) {
  ProbeSet probes = NewProbes(&origins_, Kind::kThread);
  world_.listing.identities = {{Kind::kThread, 0, 5, {1}}};
  origins_.finished = {{Kind::kThread, 0, 4, {}, 2}};
  EXPECT_TRUE(Lists(&probes));
  EXPECT_EQ(last_.seen->identities.size(), 2u);
  EXPECT_FALSE(Lists(&probes));
  EXPECT_EQ(last_.seen->identities.size(), 2u);
}

}  // namespace
}  // namespace leaktrap::internal
