#include "leaktrap/check/settle.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "absl/functional/function_ref.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::Each;
using testing::IsEmpty;
using testing::Le;

bool NoProof(absl::FunctionRef<Seen()>) { return false; }

// Settles over looks that show `script`, the last of it for ever.
class SettleTest : public testing::Test {
 protected:
  Settled Run(
      std::vector<Seen> script, nanoseconds linger,
      absl::FunctionRef<bool(absl::FunctionRef<Seen()>)> proof = NoProof) {
    size_t next = 0;
    return Settle(
        clock_, [linger] { return linger; },
        [&] { return script[std::min(next++, script.size() - 1)]; }, proof);
  }

  MadeUpClock clock_;
};

TEST_F(SettleTest, OneLookIsEnoughWhenNothingIsLeft) {
  const Settled settled = Run({Seen::kNothing}, seconds(2));
  EXPECT_EQ(settled.ended, Ended::kClean);
  EXPECT_EQ(settled.looks, 1);
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(SettleTest, WaitsUntilItIsGone) {
  const Settled settled =
      Run({Seen::kLeaks, Seen::kLeaks, Seen::kNothing}, seconds(2));
  EXPECT_EQ(settled.ended, Ended::kClean);
  EXPECT_EQ(settled.looks, 3);
  EXPECT_EQ(settled.waited, clock_.elapsed());
  EXPECT_GT(settled.waited, nanoseconds::zero());
}

TEST_F(SettleTest, WaitsNoLongerThanLinger) {
  const Settled settled = Run({Seen::kLeaks}, milliseconds(100));
  EXPECT_EQ(settled.ended, Ended::kLinger);
  EXPECT_EQ(settled.waited, milliseconds(100));
  EXPECT_EQ(clock_.elapsed(), milliseconds(100));
  EXPECT_THAT(clock_.sleeps, Each(Le(milliseconds(10))));
}

TEST_F(SettleTest, LooksTwiceEvenWithoutLinger) {
  const Settled settled = Run({Seen::kLeaks}, nanoseconds::zero());
  EXPECT_EQ(settled.ended, Ended::kLinger);
  EXPECT_EQ(settled.looks, 2);
}

TEST_F(SettleTest, LooksTwiceHoweverLongALookTakes) {
  int looks = 0;
  const Settled settled = Settle(
      clock_, [] { return seconds(2); },
      [&] {
        clock_.Sleep(seconds(10));
        return ++looks == 1 ? Seen::kLeaks : Seen::kNothing;
      },
      NoProof);
  EXPECT_EQ(settled.ended, Ended::kClean);
  EXPECT_EQ(looks, 2);
}

TEST_F(SettleTest, ProofEndsItAfterTwoLooksWithNothingWaited) {
  const Settled settled = Run(
      {Seen::kLeaks}, seconds(2),
      [](absl::FunctionRef<Seen()> look) { return look() == Seen::kLeaks; });
  EXPECT_EQ(settled.ended, Ended::kProof);
  EXPECT_EQ(settled.looks, 2);
  EXPECT_EQ(settled.waited, nanoseconds::zero());
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(SettleTest, WhatTheProofSeesGoneIsGone) {
  const Settled settled = Run(
      {Seen::kLeaks, Seen::kNothing}, seconds(2),
      [](absl::FunctionRef<Seen()> look) { return look() == Seen::kLeaks; });
  EXPECT_EQ(settled.ended, Ended::kClean);
  EXPECT_EQ(settled.looks, 2);
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(SettleTest, ProofIsTriedAgainAfterEachLook) {
  int tries = 0;
  const Settled settled =
      Run({Seen::kLeaks}, seconds(2), [&](absl::FunctionRef<Seen()> look) {
        return ++tries == 3 && look() == Seen::kLeaks;
      });
  EXPECT_EQ(settled.ended, Ended::kProof);
  EXPECT_EQ(settled.looks, 4);
}

TEST_F(SettleTest, ToleratedNeedsNoProofButASecondLook) {
  int tries = 0;
  const Settled settled =
      Run({Seen::kTolerated}, seconds(2), [&](absl::FunctionRef<Seen()>) {
        ++tries;
        return true;
      });
  EXPECT_EQ(settled.ended, Ended::kTolerated);
  EXPECT_EQ(settled.looks, 2);
  EXPECT_EQ(tries, 0);
}

TEST_F(SettleTest, AJoinedThreadThatIsStillListedIsNotEvenTolerated) {
  const Settled settled = Run({Seen::kTolerated, Seen::kNothing}, seconds(2));
  EXPECT_EQ(settled.ended, Ended::kClean);
}

TEST_F(SettleTest, ALookThatCouldNotLookIsNotClean) {
  EXPECT_EQ(Run({Seen::kNotSeen}, seconds(2)).ended, Ended::kCouldNotLook);
  EXPECT_EQ(Run({Seen::kLeaks, Seen::kNotSeen}, seconds(2)).ended,
            Ended::kCouldNotLook);
}

}  // namespace
}  // namespace leaktrap::internal
