#include "leaktrap/check/verifier.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Identity kOld = {Kind::kThread, 0, 1, {10}};
constexpr Identity kNew = {Kind::kThread, 0, 2, {20}};
constexpr Identity kNewer = {Kind::kThread, 0, 3, {30}};

class VerifierTest : public testing::Test {
 protected:
  VerifierTest() {
    world_.listing.identities = {kOld};
    before_ = probes_.Take(Options());
    world_.looks = 0;
  }

  Verdict Check(Verifier& verifier, const Options& options = Lingering()) {
    return verifier.Check("Suite.Test", before_, options, Budget(), &reported_);
  }
  Verdict Check(const Options& options = Lingering()) {
    Verifier verifier(&probes_, &clock_, &no_proof_);
    return Check(verifier, options);
  }

  static Options Lingering() { return Options().Linger(milliseconds(100)); }

  MadeUpWorld world_;
  MadeUpClock clock_;
  MadeUpProof no_proof_{false};
  ProbeSet probes_ = MadeUpProbes(Kind::kThread, &world_);
  Snapshot before_;
  Reported reported_;
};

TEST_F(VerifierTest, CleanAtTheFirstLook) {
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.settled.ended, Ended::kClean);
  EXPECT_EQ(world_.looks, 1);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
}

TEST_F(VerifierTest, ALeakIsFoundAndEnteredAsReported) {
  world_.listing.identities = {kOld, kNew};
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.settled.ended, Ended::kLinger);
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity, kNew);
  EXPECT_TRUE(reported_.Has(kNew));
  EXPECT_EQ(Check().settled.ended, Ended::kClean);
}

TEST_F(VerifierTest, WhatTheRuntimeMadeIsNeitherLeakNorWaitedFor) {
  world_.listing.identities = {kOld, kNew};
  world_.runtimes_own = {kNew.number};
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.settled.ended, Ended::kClean);
  EXPECT_EQ(world_.looks, 1);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
}

TEST_F(VerifierTest, OthersBesideItAreFound) {
  world_.listing.identities = {kOld, kNew, kNewer};
  world_.runtimes_own = {kNew.number};
  const Verdict verdict = Check();
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity, kNewer);
}

TEST_F(VerifierTest, WhatTheRuntimeMadeIsReportedOnRequest) {
  world_.listing.identities = {kOld, kNew};
  world_.runtimes_own = {kNew.number};
  EXPECT_THAT(Check(Lingering().ReportRuntimeThreads()).judgement.leaks,
              SizeIs(1));
}

TEST_F(VerifierTest, ASwapIsFound) {
  world_.listing.identities = {kNew};
  EXPECT_THAT(Check().judgement.leaks, SizeIs(1));
}

TEST_F(VerifierTest, WhatGoesInTimeIsNoLeak) {
  world_.listing.identities = {kOld, kNew};
  world_.before_look = [this](int look) {
    if (look == 5) world_.listing.identities = {kOld};
  };
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.settled.ended, Ended::kClean);
  EXPECT_EQ(verdict.settled.looks, 5);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  EXPECT_TRUE(reported_.entries().empty());
}

TEST_F(VerifierTest, ATestThatRenewsItsThreadsForEverLeaksTheLastOnly) {
  world_.before_look = [this](int look) {
    world_.listing.identities = {kOld, {Kind::kThread, 0, 100u + look, {1u}}};
  };
  const Verdict verdict = Check();
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].identity.number, 100u + world_.looks);
  EXPECT_THAT(verdict.passing, IsEmpty());
}

// Such as a thread of the suite that opens one socket and closes another.
TEST_F(VerifierTest, WhatIsRenewedFromBeforeTheScopeIsOnlyTold) {
  world_.before_look = [this](int look) {
    world_.listing.identities = {{Kind::kThread, 0, 100u + look, {1u}}};
  };
  const Verdict verdict = Check();
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  EXPECT_THAT(verdict.passing, SizeIs(1));
  EXPECT_TRUE(reported_.entries().empty());
}

TEST_F(VerifierTest, AProbeThatCannotDescribeHasStillShown) {
  world_.listing.identities = {kOld, kNew};
  world_.describes = false;
  const Verdict verdict = Check();
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict.judgement.leaks[0].description, "2");
}

TEST_F(VerifierTest, NothingTakesThePlaceOfAThreadOfTheRuntimes) {
  Verifier verifier(&probes_, &clock_, &no_proof_);
  world_.listing.identities = {kOld, kNew};
  world_.runtimes_own = {kNew.number};
  EXPECT_EQ(Check(verifier).settled.ended, Ended::kClean);

  before_ = probes_.Take(Options());
  world_.listing.identities = {kOld, kNewer};
  for (const Options& options :
       {Lingering(),
        Lingering().AllowReplacement(Kind::kThread, "made-up-*", "renewed")}) {
    reported_ = Reported();
    const Verdict verdict = Check(verifier, options);
    ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
    EXPECT_EQ(verdict.judgement.leaks[0].hint, "");
  }
  EXPECT_THAT(Check(verifier, Lingering().ReportRuntimeThreads()).gone,
              SizeIs(1));
}

// It may take milliseconds to tell of a thread that runs.
TEST_F(VerifierTest, WhatAThreadDoesIsAskedForAReportOrARuleAboutItOnly) {
  world_.listing.identities = {kOld, kNew};
  world_.activity.syscall = "pause";
  EXPECT_EQ(
      Check(Lingering().IgnoreThread("made-up-2", "lives on")).settled.ended,
      Ended::kClean);
  EXPECT_EQ(world_.asked_for_activity, 0);

  world_.listing.identities = {kOld, kNew, kNewer};
  const Verdict verdict = Check();
  ASSERT_THAT(verdict.judgement.leaks, SizeIs(1));
  ASSERT_TRUE(verdict.judgement.leaks[0].now.has_value());
  EXPECT_EQ(verdict.judgement.leaks[0].now->syscall, "pause");
  EXPECT_EQ(world_.asked_for_activity, 1);

  reported_ = Reported();
  Check(Lingering().IgnoreStack("*::NoSuchFunction", "lives on"));
  EXPECT_GT(world_.asked_for_activity, 2);
}

TEST_F(VerifierTest, WhatOtherProbesSawIsToldBesideTheError) {
  world_.listing.identities = {kOld, kNew};
  world_.listing.error = "half blind";
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.error, "half blind");
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(1));
}

TEST_F(VerifierTest, AProofEndsItWithNothingWaited) {
  world_.listing.identities = {kOld, kNew};
  MadeUpProof proof(true);
  Verifier verifier(&probes_, &clock_, &proof);
  const Verdict verdict = Check(verifier);
  EXPECT_EQ(verdict.settled.ended, Ended::kProof);
  EXPECT_EQ(verdict.settled.looks, 2);
  EXPECT_THAT(clock_.sleeps, IsEmpty());
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(1));
  EXPECT_FALSE(proof.asked_about_children);
}

TEST_F(VerifierTest, NoProofOverALookThatShowsSomethingElse) {
  world_.listing.identities = {kOld, kNew};
  world_.before_look = [this](int look) {
    if (look == 2) world_.listing.identities = {kOld, kNew, kNewer};
  };
  MadeUpProof proof(true);
  Verifier verifier(&probes_, &clock_, &proof);
  const Verdict verdict = Check(verifier);
  EXPECT_EQ(proof.asked, 2);
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(2));
}

TEST_F(VerifierTest, NoProofOverWhatOthersMayChange) {
  world_.listing.identities = {kOld, kNew};
  world_.only_this_process = false;
  MadeUpProof proof(true);
  Verifier verifier(&probes_, &clock_, &proof);
  EXPECT_EQ(Check(verifier).settled.ended, Ended::kLinger);
  EXPECT_EQ(proof.asked, 0);
}

TEST_F(VerifierTest, ChildrenMatterToAUsersResources) {
  const auto probe = std::make_shared<MadeUpProbe>(Kind::kOther, &world_);
  ProbeSet probes({}, [&] { return std::vector<RegisteredProbe>{{1, probe}}; });
  world_.listing.identities.clear();
  const Snapshot before = probes.Take(Options());
  world_.listing.identities = {kNew};
  MadeUpProof proof(true);
  Verifier verifier(&probes, &clock_, &proof);
  verifier.Check("Suite.Test", before, Lingering(), Budget(), &reported_);
  EXPECT_TRUE(proof.asked_about_children);
}

TEST_F(VerifierTest, IgnoredResourcesAreNotWaitedFor) {
  world_.listing.identities = {kOld, kNew};
  const Verdict verdict = Check(Lingering().IgnoreThread("made-up-2", "why"));
  EXPECT_EQ(verdict.settled.ended, Ended::kClean);
  EXPECT_EQ(world_.looks, 1);
  reported_ = Reported();
  EXPECT_EQ(Check(Lingering().IgnoreThread("made-up-3", "why")).settled.ended,
            Ended::kLinger);
}

TEST_F(VerifierTest, WhatAnInnerScopeIgnoredTheOuterDoesNotJudgeAgain) {
  world_.listing.identities = {kOld, kNew};
  Check(Lingering().IgnoreThread("made-up-2", "the inner scope's"));
  EXPECT_EQ(Check().settled.ended, Ended::kClean);
}

TEST_F(VerifierTest, ToleratedByCountIsStillTold) {
  world_.listing.identities = {kOld, kNew};
  const Verdict verdict = Check(Lingering().Tolerate(Kind::kThread, 1, "why"));
  EXPECT_EQ(verdict.settled.ended, Ended::kTolerated);
  EXPECT_THAT(verdict.judgement.tolerated, SizeIs(1));
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
}

TEST_F(VerifierTest, TheRunsCountIsNotUsedUpByWhatOnlyEndsLate) {
  world_.listing.identities = {kOld, kNew};
  world_.before_look = [this](int look) {
    if (look == 5) world_.listing.identities = {kOld};
  };
  const Verdict verdict =
      Check(Lingering().TolerateInTotal(Kind::kThread, 1, "why"));
  EXPECT_EQ(verdict.settled.ended, Ended::kClean);
  EXPECT_THAT(verdict.judgement.tolerated, IsEmpty());
}

TEST_F(VerifierTest, ALookThatCouldNotLookIsAnError) {
  world_.listing.error = "no /proc";
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.error, "no /proc");
  EXPECT_EQ(verdict.settled.ended, Ended::kCouldNotLook);
}

TEST_F(VerifierTest, ADescriptorWaitedForInFullIsThenWaitedATenth) {
  const Identity socket = {Kind::kDescriptor, 0, 4, {1, 2, 3}};
  const Identity next_socket = {Kind::kDescriptor, 0, 5, {1, 2, 4}};
  ProbeSet probes = MadeUpProbes(Kind::kDescriptor, &world_);
  world_.listing.identities = {socket};
  Verifier verifier(&probes, &clock_, &no_proof_);
  auto waited = [&](const char* scope) {
    return verifier.Check(scope, {}, Lingering(), Budget(), &reported_)
        .settled.waited;
  };
  EXPECT_EQ(waited("Suite.Test"), milliseconds(100));
  // The like of it, in the same test again.
  world_.listing.identities = {socket, next_socket};
  EXPECT_EQ(waited("Suite.Test"), milliseconds(10));
  // In another test it is another leak.
  reported_ = Reported();
  EXPECT_EQ(waited("Suite.Other"), milliseconds(100));
}

TEST_F(VerifierTest, AThreadIsWaitedForInFullEachTime) {
  world_.listing.identities = {kOld, kNew};
  Verifier verifier(&probes_, &clock_, &no_proof_);
  EXPECT_EQ(Check(verifier).settled.waited, milliseconds(100));
  world_.listing.identities = {kOld, kNew, kNewer};
  EXPECT_EQ(Check(verifier).settled.waited, milliseconds(100));
}

TEST_F(VerifierTest, DefaultLingerIsAtLeastTwoSeconds) {
  world_.listing.identities = {kOld, kNew};
  EXPECT_EQ(Check(Options()).settled.waited, DefaultLinger());
  EXPECT_GE(DefaultLinger(), std::chrono::seconds(2));
}

}  // namespace
}  // namespace leaktrap::internal
