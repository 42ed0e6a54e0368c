// What scopes make of what a recorder tells.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/made_up_origins.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

class OriginsTest : public testing::TestWithParam<Kind> {
 protected:
  explicit OriginsTest(Kind kind = Kind::kDescriptor)
      : kind_(kind), probes_(MadeUpProbes(kind, &world_, &origins_)) {}

  void Open(uint64_t number, uintptr_t place = 1) {
    origins_.Make(number, place);
    world_.listing.identities.push_back({kind_, 0, number, {1}});
  }
  void Close(uint64_t number) {
    Release release;
    release.kind = kind_;
    release.number = number;
    release.made = origins_.by_number[number];
    if (release.made.sequence <= origins_.watched) {
      origins_.releases.push_back(release);
    }
    origins_.by_number.erase(number);
    auto& all = world_.listing.identities;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [number](const Identity& identity) {
                               return identity.number == number;
                             }),
              all.end());
  }
  Verdict End(Scopes::Id id, const std::string& name = "A.Test") {
    return scopes_.Close(id, name);
  }
  Scopes::Id Begin(const Options& options = Options()) {
    return scopes_.Open(Scopes::By::kLeaktrap, options);
  }

  const Kind kind_;
  MadeUpWorld world_;
  MadeUpOrigins origins_;
  MadeUpClock clock_;
  MadeUpProof proof_{true};
  ProbeSet probes_;
  Verifier verifier_{&probes_, &clock_, &proof_};
  Scopes scopes_{Options(), &verifier_};
};

TEST_F(OriginsTest, TheSameNumberAndStampMadeAnewIsALeak) {
  Open(7, 1);
  const Scopes::Id test = Begin();
  Close(7);
  Open(7, 2);
  const Verdict verdict = End(test);
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_THAT(verdict.judgement.leaks[0].hint,
              HasSubstr("AllowReplacement(Kind::kDescriptor, \"made-up-7\""));
  ASSERT_TRUE(verdict.judgement.leaks[0].origin.has_value());
  EXPECT_THAT(verdict.judgement.leaks[0].origin->stack, ElementsAre(2));
}

TEST_F(OriginsTest, MadeAnewByTheSameStackIsANote) {
  Open(7, 1);
  const Scopes::Id test = Begin();
  Close(7);
  Open(8, 1);
  const Verdict verdict = End(test);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  ASSERT_THAT(verdict.replacing, SizeIs(1));
  EXPECT_EQ(verdict.replacing[0].identity.number, 8);
  EXPECT_THAT(verdict.foreign_releases, IsEmpty());
  const Scopes::Id next = Begin();
  EXPECT_THAT(End(next).judgement.leaks, IsEmpty());
}

TEST_F(OriginsTest, EachThatIsGoneHasOnePlaceToGive) {
  Open(7, 1);
  const Scopes::Id test = Begin();
  Close(7);
  Open(8, 1);
  Open(9, 1);
  const Verdict verdict = End(test);
  EXPECT_THAT(verdict.replacing, SizeIs(1));
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].hint, "");
}

TEST_F(OriginsTest, ARuleAllowsReplacement) {
  Open(7, 1);
  const Scopes::Id test = Begin(Options().AllowReplacement(
      Kind::kDescriptor, "made-up-*", "the log is rotated"));
  Close(7);
  Open(8, 2);
  const Verdict verdict = End(test);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  ASSERT_THAT(verdict.judgement.tolerated, SizeIs(1));
  EXPECT_EQ(verdict.judgement.tolerated[0].reason, "the log is rotated");
  const Scopes::Id next = Begin(Options().AllowReplacement(
      Kind::kDescriptor, "made-up-*", "the log is rotated"));
  Open(9, 2);
  EXPECT_THAT(End(next).judgement.leaks, SizeIs(1)) << "nothing is gone";
}

// A log is rotated, and a worker renewed, again and again.
TEST_F(OriginsTest, WhatTookAPlaceLeavesItToTheNext) {
  const Options allowed = Options().AllowReplacement(
      Kind::kDescriptor, "made-up-*", "the log is rotated");
  Open(7, 1);
  Open(8, 2);
  const Scopes::Id suite = Begin();
  for (uint64_t i = 0; i < 3; ++i) {
    const Scopes::Id test = Begin(allowed);
    Close(7 + 2 * i);
    Open(9 + 2 * i, 1);  // by the same stack
    Close(8 + 2 * i);
    Open(10 + 2 * i, 3 + i);  // by the rule
    const Verdict verdict = End(test);
    EXPECT_THAT(verdict.judgement.leaks, IsEmpty()) << i;
    EXPECT_THAT(verdict.replacing, SizeIs(1)) << i;
    EXPECT_THAT(verdict.judgement.tolerated, SizeIs(1)) << i;
    EXPECT_THAT(verdict.foreign_releases, IsEmpty()) << i;
  }
  EXPECT_THAT(End(suite).judgement.leaks, IsEmpty());
}

TEST_F(OriginsTest, WhatWasReportedLeavesNoPlace) {
  const Scopes::Id test = Begin();
  Open(7, 1);
  EXPECT_THAT(End(test).judgement.leaks, SizeIs(1));
  const Scopes::Id next = Begin();
  Close(7);
  Open(8, 1);
  EXPECT_THAT(End(next).judgement.leaks, SizeIs(1));
}

TEST_F(OriginsTest, WhatATestClosedAndDidNotOpenIsTold) {
  Open(7, 1);
  const Scopes::Id suite = Begin();
  const Scopes::Id test = Begin();
  Close(7);
  const Verdict verdict = End(test);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  ASSERT_THAT(verdict.foreign_releases, SizeIs(1));
  EXPECT_EQ(verdict.foreign_releases[0].identity.number, 7);
  ASSERT_TRUE(verdict.foreign_releases[0].release.has_value());
  EXPECT_THAT(verdict.foreign_releases[0].release->made.stack, ElementsAre(1));
  EXPECT_THAT(End(suite).foreign_releases, IsEmpty()) << "told already";
}

TEST_F(OriginsTest, AScopeOfTheTestsOwnMayCloseWhatTheTestOpened) {
  const Scopes::Id test = Begin();
  Open(7, 1);
  const Scopes::Id block = scopes_.Open(Scopes::By::kUser);
  Close(7);
  EXPECT_THAT(End(block).foreign_releases, IsEmpty());
  EXPECT_THAT(End(test).foreign_releases, IsEmpty());
}

TEST_F(OriginsTest, ALeakThatGoesLaterIsReleasedLate) {
  const Scopes::Id a = Begin();
  Open(7, 1);
  EXPECT_THAT(End(a, "A.Leaks").judgement.leaks, SizeIs(1));
  const Scopes::Id b = Begin();
  Close(7);
  const Verdict verdict = End(b, "B.Test");
  EXPECT_THAT(verdict.foreign_releases, IsEmpty());
  ASSERT_THAT(verdict.late, SizeIs(1));
  EXPECT_EQ(verdict.late[0].text, "descriptor made-up-7");
  EXPECT_EQ(verdict.late[0].owner, "A.Leaks");
  EXPECT_EQ(verdict.late[0].identity.number, 7u);
  EXPECT_THAT(End(Begin()).late, IsEmpty());
}

TEST_F(OriginsTest, WhatWasForgivenMayGoInSilence) {
  const Scopes::Id a =
      Begin(Options().IgnoreDescriptor("made-up-7", "a cache"));
  Open(7, 1);
  EXPECT_THAT(End(a).judgement.leaks, IsEmpty());
  const Scopes::Id b = Begin();
  Close(7);
  const Verdict verdict = End(b);
  EXPECT_THAT(verdict.late, IsEmpty());
  EXPECT_THAT(verdict.foreign_releases, IsEmpty());
}

TEST_F(OriginsTest, ARepeatedCloseIsToldOnce) {
  const Scopes::Id suite = Begin();
  const Scopes::Id test = Begin();
  Release again;
  again.number = 7;
  again.first_at = 4711;
  origins_.releases.push_back(again);
  const Verdict verdict = End(test);
  ASSERT_THAT(verdict.repeated_releases, SizeIs(1));
  EXPECT_EQ(verdict.repeated_releases[0].first_at, 4711);
  EXPECT_THAT(End(suite).repeated_releases, IsEmpty());
}

class ThreadOriginsTest : public OriginsTest {
 protected:
  ThreadOriginsTest() : OriginsTest(Kind::kThread) {}

  void Finish(uint64_t number) {
    const uint64_t sequence = origins_.by_number[number].sequence;
    Close(number);
    origins_.releases.clear();
    origins_.finished.push_back({Kind::kThread, 0, number, {}, sequence});
  }
};

TEST_F(ThreadOriginsTest, WhatALeakedThreadMakesIsChargedToItsOwner) {
  const Scopes::Id a = Begin();
  Open(7, 1);
  const Verdict of_a = End(a, "A.Leaks");
  EXPECT_THAT(of_a.judgement.leaks, SizeIs(1));
  EXPECT_THAT(origins_.charged, IsEmpty()) << "it may be forgiven yet";
  scopes_.ChargeThreads("A.Leaks", of_a.judgement.leaks);
  ASSERT_EQ(origins_.charged.count(7), 1u);
  const Scopes::Id b = Begin();
  Open(8, 2);
  origins_.by_number[8].charged_to = origins_.charged[7];
  Open(9, 2);
  const Verdict verdict = End(b, "B.Test");
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity.number, 9);
  ASSERT_THAT(verdict.charged_elsewhere, SizeIs(1));
  EXPECT_THAT(verdict.charged_elsewhere[0].hint, HasSubstr("A.Leaks"));
  EXPECT_THAT(End(Begin()).charged_elsewhere, IsEmpty());
}

TEST_F(ThreadOriginsTest, WhatADisregardedOneLeftIsChargedWhereThatIsAsked) {
  const Scopes::Id skipped = Begin();
  Open(7, 1);
  scopes_.Disregard(skipped, "");
  EXPECT_THAT(origins_.charged, IsEmpty());
  const Scopes::Id failed = Begin();
  Open(8, 1);
  scopes_.Disregard(failed, "A.Failed");
  EXPECT_THAT(origins_.charged, ElementsAre(Key(8)));
}

// The recorder saw the program make it, however its stack looks.
TEST_F(ThreadOriginsTest, WhatWasRecordedIsNotTheRuntimesOwn) {
  const auto test = Begin();
  Open(7);
  world_.runtimes_own = {7};
  EXPECT_THAT(End(test).judgement.leaks, SizeIs(1));
  world_.runtimes_rule = kParallelRuntimes;
  const auto next = Begin();
  Open(8);
  world_.runtimes_own.insert(8);
  EXPECT_THAT(End(next).judgement.leaks, SizeIs(1));
}

TEST_F(ThreadOriginsTest, WhereNoStackIsRecordedItIsAParallelRuntimesAlone) {
  world_.runtimes_own = {7};
  for (const char* rule : {kCLibraryThreads, kParallelRuntimes}) {
    world_.runtimes_rule = rule;
    const auto test = Begin();
    Open(7);
    origins_.by_number[7].stack.clear();
    EXPECT_THAT(End(test).judgement.leaks,
                SizeIs(rule == kParallelRuntimes ? 0 : 1));
  }
}

TEST_F(ThreadOriginsTest, AFinishedThreadIsALeakOfTheScopeThatMadeIt) {
  Open(6, 1);
  const Scopes::Id suite = Begin();
  Open(7, 1);
  const Scopes::Id test = Begin();
  Finish(6);
  Finish(7);
  Open(8, 1);
  Finish(8);
  const Verdict verdict = End(test);
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity.number, 8);
  const Verdict around = End(suite);
  ASSERT_THAT(around.judgement.leaks, SizeIs(1));
  EXPECT_EQ(around.judgement.leaks[0].identity.number, 7);
}

TEST_F(ThreadOriginsTest, AReportedThreadIsNotReportedAgainWhenItFinishes) {
  const Scopes::Id a = Begin();
  Open(7, 1);
  EXPECT_THAT(End(a).judgement.leaks, SizeIs(1));
  const Scopes::Id b = Begin();
  Finish(7);
  const Verdict verdict = End(b);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  EXPECT_THAT(verdict.late, IsEmpty()) << "nobody has joined it";
  const Scopes::Id c = Begin();
  origins_.finished.clear();
  EXPECT_THAT(End(c).late, SizeIs(1));
}

TEST_F(ThreadOriginsTest, WhatWasSeenBeforeItWasRecordedIsTheSame) {
  world_.listing.identities.push_back({Kind::kThread, 0, 7, {1}});
  origins_.last_sequence = 5;  // its creating call has begun, and not ended
  const Scopes::Id test = Begin();
  origins_.by_number[7].sequence = 5;
  EXPECT_THAT(End(test).judgement.leaks, IsEmpty());
  const Scopes::Id next = Begin();
  origins_.by_number[7].sequence = 6;
  EXPECT_THAT(End(next).judgement.leaks, SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::internal
