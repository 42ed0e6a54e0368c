#include "leaktrap/check/patience.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/made_up_origins.h"
#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr milliseconds kFull(100);
constexpr milliseconds kTenth(10);
constexpr milliseconds kTwentieth(5);

// Tests one after the other, each in the place of the one before: what one has
// left, the next has from the start.
template <Kind kind, bool recorded>
class PatienceTest : public testing::Test {
 protected:
  // The next test makes `number` by a call with that stack.
  void Make(uint64_t number, uintptr_t stack) {
    if (recorded) origins_.Make(number, stack);
    world_.listing.identities.push_back({kind, 0, number, {number}});
  }

  // From a test's look on, at that time of it, `number` is gone.
  void EndAt(milliseconds time, uint64_t number) {
    const auto end = clock_.Now() + time;
    world_.before_look = [this, end, number](int) {
      if (clock_.Now() < end) return;
      auto& all = world_.listing.identities;
      for (auto one = all.begin(); one != all.end(); ++one) {
        if (one->number != number) continue;
        all.erase(one);
        return;
      }
    };
  }

  Verdict EndTest(const std::string& name, Options options = {}) {
    options = Options().Linger(kFull).Append(options);
    const Verdict verdict =
        verifier_.Check(name, before_, options, Budget(), &reported_);
    world_.before_look = [](int) {};
    before_ = probes_.Take(options);
    return verdict;
  }

  nanoseconds Waited(const std::string& name, const Options& options = {}) {
    return EndTest(name, options).settled.waited;
  }

  MadeUpWorld world_;
  MadeUpClock clock_;
  MadeUpOrigins origins_;
  MadeUpProof no_proof_{false};
  ProbeSet probes_ =
      MadeUpProbes(kind, &world_, recorded ? &origins_ : nullptr);
  Verifier verifier_{&probes_, &clock_, &no_proof_};
  Snapshot before_;
  Reported reported_;
};

using MakerTest = PatienceTest<Kind::kThread, true>;
using NoMakerTest = PatienceTest<Kind::kThread, false>;
using LikenessTest = PatienceTest<Kind::kDescriptor, false>;

TEST_F(MakerTest, ThatWasWaitedForInFullIsThenWaitedATenth) {
  for (uint64_t number = 1; number <= 300; ++number) {
    Make(number, /*stack=*/77);
    const Verdict verdict = EndTest("Suite.Test" + std::to_string(number));
    EXPECT_THAT(verdict.judgement.leaks, SizeIs(1));
    EXPECT_EQ(verdict.settled.waited, number == 1 ? kFull : kTenth);
  }
}

// Who made a thread is known only when that has begun to run.
TEST_F(MakerTest, MayBecomeKnownDuringTheWait) {
  Make(1, 77);
  EXPECT_EQ(Waited("Suite.First"), kFull);
  world_.listing.identities.push_back({Kind::kThread, 0, 2, {2}});
  world_.before_look = [this](int look) {
    if (clock_.elapsed() > kFull + milliseconds(1) && look % 2 == 0 &&
        origins_.by_number.count(2) == 0) {
      origins_.Make(2, 77);
    }
  };
  EXPECT_LT(Waited("Suite.Second"), 2 * kTenth + milliseconds(1));
}

TEST_F(MakerTest, IsNoOther) {
  Make(1, 77);
  EXPECT_EQ(Waited("Suite.First"), kFull);
  Make(2, 78);
  EXPECT_EQ(Waited("Suite.Second"), kFull);
  Make(3, 77);
  EXPECT_EQ(Waited("Suite.Third"), kTenth);
}

TEST_F(MakerTest, BesideAnotherIsWaitedForInFull) {
  Make(1, 77);
  EXPECT_EQ(Waited("Suite.First"), kFull);
  Make(2, 77);
  Make(3, 78);
  EXPECT_EQ(Waited("Suite.Second"), kFull);
  Make(4, 77);
  Make(5, 78);
  EXPECT_EQ(Waited("Suite.Third"), kTenth);
}

TEST_F(MakerTest, OfALeakThatWentAfterAllIsWaitedForInFullEverAfter) {
  Make(1, 77);
  EXPECT_EQ(Waited("Suite.First"), kFull);
  Make(2, 77);
  EXPECT_EQ(Waited("Suite.Second"), kTenth);
  // Not the one that gave the mark.
  EndAt(milliseconds(0), 2);
  Make(3, 77);
  EXPECT_EQ(Waited("Suite.Third"), kFull);
  Make(4, 77);
  EXPECT_EQ(Waited("Suite.Fourth"), kFull);
}

TEST_F(MakerTest, OfWhatEndsLateIsNeverMarked) {
  Make(1, 77);
  Make(2, 77);
  EndAt(milliseconds(50), 1);
  const Verdict verdict = EndTest("Suite.First");
  EXPECT_EQ(verdict.settled.waited, kFull);
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity.number, 2u);
  Make(3, 77);
  EndAt(milliseconds(50), 3);
  EXPECT_THAT(EndTest("Suite.Second").judgement.leaks, IsEmpty());
}

// Joined threads are listed for a moment, whoever made them.
TEST_F(MakerTest, OfWhatEndsSoonCanBeMarked) {
  Make(1, 77);
  Make(2, 77);
  EndAt(milliseconds(1), 1);
  EXPECT_EQ(Waited("Suite.First"), kFull);
  Make(3, 77);
  EXPECT_EQ(Waited("Suite.Second"), kTenth);
}

TEST_F(NoMakerTest, ThreadsAreWaitedForInFullEachTime) {
  for (uint64_t number = 1; number <= 3; ++number) {
    Make(number, 0);
    EXPECT_EQ(Waited("Suite.Test"), kFull);
  }
}

TEST_F(LikenessTest, IsOfOneTestOnly) {
  Make(1, 0);
  EXPECT_EQ(Waited("Suite.Test"), kFull);
  Make(2, 0);
  EXPECT_EQ(Waited("Suite.Test"), kTenth);
  Make(3, 0);
  EXPECT_EQ(Waited("Suite.Other"), kFull);
  Make(4, 0);
  EXPECT_EQ(Waited(""), kFull);
  Make(5, 0);
  EXPECT_EQ(Waited(""), kFull);
}

TEST_F(NoMakerTest, OnceTheTimeInAllIsUsedUpATwentiethIsWaited) {
  const Options options = Options().WaitInTotal(milliseconds(250));
  for (uint64_t number = 1; number <= 3; ++number) {
    Make(number, 0);
    const Verdict verdict = EndTest("Suite.Test", options);
    EXPECT_EQ(verdict.settled.waited, kFull);
    EXPECT_EQ(verdict.waited_in_vain, kFull);
    EXPECT_EQ(verdict.waits_from_now_on.has_value(), number == 3);
  }
  Make(4, 0);
  const Verdict verdict = EndTest("Suite.Test", options);
  EXPECT_EQ(verdict.settled.waited, kTwentieth);
  EXPECT_EQ(verdict.waits_from_now_on, nanoseconds(kTwentieth));
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(1));

  verifier_.StartRun();
  Make(5, 0);
  EXPECT_EQ(Waited("Suite.Test", options), kFull);
}

TEST_F(NoMakerTest, WaitingForWhatEndsIsNeverInVain) {
  const Options options = Options().WaitInTotal(milliseconds(100));
  for (uint64_t number = 1; number <= 30; ++number) {
    Make(number, 0);
    EndAt(milliseconds(90), number);
    const Verdict verdict = EndTest("Suite.Test", options);
    EXPECT_GE(verdict.settled.waited, milliseconds(90));
    EXPECT_EQ(verdict.waited_in_vain, nanoseconds(0));
    EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  }
}

// A thread of the suite's that opens one thing and closes another.
TEST_F(NoMakerTest, WaitingForWhatOnlyPassesByIsNotInVain) {
  Make(1, 0);
  before_ = probes_.Take(Options());
  world_.before_look = [this](int look) {
    const auto number = static_cast<uint64_t>(100 + look);
    world_.listing.identities = {{Kind::kThread, 0, number, {number}}};
  };
  const Verdict verdict = EndTest("Suite.Test");
  EXPECT_THAT(verdict.passing, SizeIs(1));
  EXPECT_EQ(verdict.settled.waited, kFull);
  EXPECT_EQ(verdict.waited_in_vain, nanoseconds(0));
}

TEST(PatienceOptionsTest, SixtySecondsMayBeWaitedInVainByDefault) {
  EXPECT_EQ(Options().wait_in_total(), std::chrono::seconds(60));
  EXPECT_EQ(
      Options().WaitInTotal(nanoseconds(0)).Append(Options()).wait_in_total(),
      nanoseconds(0));
  EXPECT_THAT(Options().WaitInTotal(milliseconds(-1)).errors(),
              testing::ElementsAre(
                  testing::HasSubstr("WaitInTotal(-1ms): the time is below")));
}

}  // namespace
}  // namespace leaktrap::internal
