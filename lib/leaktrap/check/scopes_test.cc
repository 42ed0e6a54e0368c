#include "leaktrap/check/scopes.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/pool/lease_ledger.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ScopesTest : public testing::Test {
 protected:
  void Make(uint64_t number) {
    world_.listing.identities.push_back({Kind::kThread, 0, number, {1}});
  }
  void Release(uint64_t number) {
    auto& all = world_.listing.identities;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [number](const Identity& identity) {
                               return identity.number == number;
                             }),
              all.end());
  }

  static std::vector<uint64_t> Leaks(const Verdict& verdict) {
    std::vector<uint64_t> numbers;
    for (const Resource& leak : verdict.judgement.leaks) {
      numbers.push_back(leak.identity.number);
    }
    return numbers;
  }
  std::vector<uint64_t> Close(Scopes::Id id) {
    return Leaks(scopes_.Close(id, "scope"));
  }

  MadeUpWorld world_;
  MadeUpClock clock_;
  MadeUpProof proof_{true};
  ProbeSet probes_ = MadeUpProbes(Kind::kThread, &world_);
  Verifier verifier_{&probes_, &clock_, &proof_};
  Scopes scopes_{Options(), &verifier_};
};

TEST_F(ScopesTest, EachIsChargedWithWhatCameInIt) {
  const Scopes::Id program = scopes_.Open(Scopes::By::kUser);
  Make(1);
  const Scopes::Id suite = scopes_.Open(Scopes::By::kUser);
  Make(2);
  const Scopes::Id test = scopes_.Open(Scopes::By::kUser);
  Make(3);
  const Scopes::Id block = scopes_.Open(Scopes::By::kUser);
  Make(4);
  EXPECT_THAT(Close(block), ElementsAre(4));
  EXPECT_THAT(Close(test), ElementsAre(3));
  EXPECT_THAT(Close(suite), ElementsAre(2));
  EXPECT_THAT(Close(program), ElementsAre(1));
}

TEST_F(ScopesTest, WhatComesAfterAnInnerScopeIsTheOuters) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  EXPECT_THAT(Close(scopes_.Open(Scopes::By::kUser)), IsEmpty());
  Make(1);
  EXPECT_THAT(Close(outer), ElementsAre(1));
}

TEST_F(ScopesTest, WhatADisregardedOneLeftIsNobodys) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kLeaktrap);
  const Scopes::Id inner = scopes_.Open(Scopes::By::kLeaktrap);
  Make(1);
  const Verdict verdict = scopes_.Disregard(inner, "scope");
  EXPECT_TRUE(verdict.is_disregarded());
  EXPECT_THAT(Leaks(verdict), IsEmpty());
  EXPECT_THAT(clock_.sleeps, IsEmpty());
  Make(2);
  EXPECT_THAT(Close(outer), ElementsAre(2));
}

TEST_F(ScopesTest, ADisregardedOneSaysThatItCouldNotLook) {
  const Scopes::Id scope = scopes_.Open(Scopes::By::kLeaktrap);
  world_.listing.error = "half blind";
  const Verdict verdict = scopes_.Disregard(scope, "scope");
  EXPECT_FALSE(verdict.is_disregarded());
  EXPECT_EQ(verdict.error, "half blind");
}

TEST_F(ScopesTest, TheTimeOfAVerdictIsThatOfItsLooksAndWaits) {
  world_.before_look = [this](int) {
    clock_.Sleep(std::chrono::milliseconds(3));
  };
  const Scopes::Id outer = scopes_.Open(Scopes::By::kLeaktrap);
  const Scopes::Id inner =
      scopes_.Open(Scopes::By::kLeaktrap, Options().BeforeCheck([this] {
        clock_.Sleep(std::chrono::seconds(1));  // the user's own
      }));
  clock_.Sleep(std::chrono::seconds(1));  // the test itself
  EXPECT_EQ(scopes_.Close(inner, "scope").took, std::chrono::milliseconds(6));
  Make(1);
  world_.only_this_process = false;
  const Verdict waited = scopes_.Close(outer, "scope");
  EXPECT_GT(waited.settled.looks, 1);
  EXPECT_EQ(waited.took,
            waited.settled.waited +
                (1 + waited.settled.looks) * std::chrono::milliseconds(3));
  const Scopes::Id disregarded = scopes_.Open(Scopes::By::kLeaktrap);
  EXPECT_EQ(scopes_.Disregard(disregarded, "").took,
            std::chrono::milliseconds(6));
}

TEST_F(ScopesTest, WhatTheOuterReleasesInTimeTheInnerStillReports) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(Close(inner), ElementsAre(1));
  Release(1);
  EXPECT_THAT(Close(outer), IsEmpty());
}

TEST_F(ScopesTest, ANumberThatComesBackIsANewLeak) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  const Scopes::Id first = scopes_.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(Close(first), ElementsAre(1));
  Release(1);
  const Scopes::Id second = scopes_.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(Close(second), ElementsAre(1));
  EXPECT_THAT(Close(outer), IsEmpty());
}

TEST_F(ScopesTest, PatternsOfTheScopesAroundHold) {
  const Scopes::Id outer = scopes_.Open(
      Scopes::By::kUser, Options().IgnoreThread("made-up-1", "why"));
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  Make(2);
  EXPECT_THAT(Close(inner), ElementsAre(2));
  EXPECT_THAT(Close(outer), IsEmpty());
}

TEST_F(ScopesTest, APatternEndsWithItsScope) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  EXPECT_THAT(Close(scopes_.Open(Scopes::By::kUser,
                                 Options().IgnoreThread("made-up-1", "why"))),
              IsEmpty());
  Make(1);
  EXPECT_THAT(Close(outer), ElementsAre(1));
}

TEST_F(ScopesTest, ACountIsUsedUpInTheScopeThatHasIt) {
  const Scopes::Id outer = scopes_.Open(
      Scopes::By::kUser, Options().Tolerate(Kind::kThread, 2, "two in all"));
  for (uint64_t number : {1, 2}) {
    const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
    Make(number);
    EXPECT_THAT(scopes_.Close(inner, "inner").judgement.tolerated, SizeIs(1));
  }
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(3);
  EXPECT_THAT(Close(inner), ElementsAre(3));
  Make(4);
  EXPECT_THAT(Close(outer), ElementsAre(4));
}

TEST_F(ScopesTest, AScopeWithACountOfItsOwnLeavesTheOutersAlone) {
  const Scopes::Id outer = scopes_.Open(
      Scopes::By::kUser, Options().Tolerate(Kind::kThread, 1, "outer"));
  const Scopes::Id inner = scopes_.Open(
      Scopes::By::kUser, Options().Tolerate(Kind::kThread, 1, "inner"));
  Make(1);
  EXPECT_THAT(Close(inner), IsEmpty());
  Make(2);
  EXPECT_THAT(Close(outer), IsEmpty());
}

TEST_F(ScopesTest, EachTestHasTheProgramsCountsToItself) {
  Scopes scopes(Options().Tolerate(Kind::kThread, 1, "one a test"), &verifier_);
  scopes.Open(Scopes::By::kLeaktrap);
  for (uint64_t number : {1, 2}) {
    const Scopes::Id test = scopes.Open(Scopes::By::kLeaktrap);
    Make(number);
    EXPECT_THAT(Leaks(scopes.Close(test, "test")), IsEmpty());
  }
}

TEST_F(ScopesTest, WhatIsJudgedForNowTheScopeAroundJudgesAgain) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(Leaks(scopes_.Close(inner, "inner", Scopes::Judged::kForNow)),
              ElementsAre(1));
  EXPECT_THAT(Close(outer), ElementsAre(1));
}

TEST_F(ScopesTest, TheInnermostCountWins) {
  scopes_.Open(Scopes::By::kUser,
               Options().Tolerate(Kind::kThread, 5, "outer"));
  const Scopes::Id inner = scopes_.Open(
      Scopes::By::kUser, Options().Tolerate(Kind::kThread, 0, "inner"));
  Make(1);
  EXPECT_THAT(Close(inner), ElementsAre(1));
}

TEST_F(ScopesTest, ATotalIsUsedUpByAllScopes) {
  Scopes scopes(Options().TolerateInTotal(Kind::kThread, 1, "one in all"),
                &verifier_);
  const Scopes::Id first = scopes.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(scopes.Close(first, "first").judgement.tolerated, SizeIs(1));
  const Scopes::Id second = scopes.Open(Scopes::By::kUser);
  Make(2);
  EXPECT_THAT(Leaks(scopes.Close(second, "second")), ElementsAre(2));
}

TEST_F(ScopesTest, ClosingOneEndsThoseWithin) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  EXPECT_THAT(Close(outer), ElementsAre(1));
  EXPECT_FALSE(scopes_.IsOpen(inner));
  EXPECT_FALSE(scopes_.IsOpen(outer));
}

TEST_F(ScopesTest, AnAbandonedScopeJudgesNothing) {
  const Scopes::Id outer = scopes_.Open(Scopes::By::kUser);
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  scopes_.Abandon(inner);
  scopes_.Abandon(inner);
  EXPECT_THAT(Close(outer), ElementsAre(1));
}

TEST_F(ScopesTest, ABaselineThatCouldNotLookIsAnError) {
  world_.listing.error = "no /proc";
  const Scopes::Id scope = scopes_.Open(Scopes::By::kUser);
  world_.listing.error.clear();
  EXPECT_EQ(scopes_.Close(scope, "scope").error, "no /proc");
}

TEST_F(ScopesTest, BeforeCheckOfAllScopesAroundMayStillRelease) {
  std::vector<std::string> called;
  const Scopes::Id outer =
      scopes_.Open(Scopes::By::kUser,
                   Options().BeforeCheck([&] { called.push_back("outer"); }));
  const Scopes::Id inner =
      scopes_.Open(Scopes::By::kUser, Options().BeforeCheck([&] {
        called.push_back("inner");
        Release(1);
      }));
  Make(1);
  EXPECT_THAT(Close(inner), IsEmpty());
  EXPECT_THAT(called, ElementsAre("outer", "inner"));
  Close(outer);
  EXPECT_THAT(called, ElementsAre("outer", "inner", "outer"));
}

TEST_F(ScopesTest, WhatBeforeCheckThrowsIsAnError) {
  const Scopes::Id scope = scopes_.Open(
      Scopes::By::kUser,
      Options().BeforeCheck([] { throw std::runtime_error("no luck"); }));
  EXPECT_EQ(scopes_.Close(scope, "scope").error,
            "the function given to BeforeCheck threw: no luck");
}

TEST_F(ScopesTest, APeakIsChargedToTheInnermostScope) {
  LeaseLedger ledger("http");
  const uint64_t a = ledger.Open("x"), b = ledger.Open("x");
  auto lease_both_for_a_moment = [&] {
    const Lease first = ledger.CheckOut(a);
    const Lease second = ledger.CheckOut(b);
  };
  const Scopes::Id outer =
      scopes_.Open(Scopes::By::kUser, Options().MaxLeased("http", 1));
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  lease_both_for_a_moment();
  EXPECT_THAT(scopes_.Close(inner, "inner").exceeded,
              ElementsAre(HasSubstr("leased at one time 2")));
  EXPECT_THAT(scopes_.Close(outer, "outer").exceeded, IsEmpty());

  const Scopes::Id later =
      scopes_.Open(Scopes::By::kUser, Options().MaxLeased("http", 1));
  EXPECT_THAT(scopes_.Close(later, "later").exceeded, IsEmpty());
}

TEST_F(ScopesTest, WhatPoolsDidIsJudgedAgainToo) {
  LeaseLedger ledger("http");
  const Scopes::Id outer =
      scopes_.Open(Scopes::By::kUser, Options().MaxDiscarded("http", 0));
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  ledger.CheckOut(ledger.Open("x")).Discard();
  scopes_.Close(inner, "inner", Scopes::Judged::kForNow);
  EXPECT_THAT(scopes_.Close(outer, "outer").exceeded,
              ElementsAre(HasSubstr("discarded 1")));
}

TEST_F(ScopesTest, WhatIsJudgedForNowUsesUpNoCount) {
  const Scopes::Id outer = scopes_.Open(
      Scopes::By::kUser, Options().Tolerate(Kind::kThread, 1, "why"));
  const Scopes::Id inner = scopes_.Open(Scopes::By::kUser);
  Make(1);
  scopes_.Close(inner, "inner", Scopes::Judged::kForNow);
  EXPECT_THAT(Close(outer), IsEmpty());
}

class ThrowingPool final : public ConnectionPool {
 public:
  std::string name() const override { return "throwing"; }
  std::vector<PooledConnection> Connections() const override { return {}; }
  PoolCounts Counts() const override { throw std::runtime_error("no books"); }

 private:
  PoolRegistration registration_{this};
};

TEST_F(ScopesTest, APoolThatThrowsIsAnErrorAndMayDie) {
  const ThrowingPool pool;
  const Scopes::Id scope =
      scopes_.Open(Scopes::By::kUser, Options().MaxIdle("*", 1));
  EXPECT_EQ(scopes_.Close(scope, "scope").error, "a pool threw: no books");
}

TEST_F(ScopesTest, LimitsFollowTheModeOfConnections) {
  LeaseLedger ledger("http");
  for (Mode mode : {Mode::kFail, Mode::kReport, Mode::kOff}) {
    const Scopes::Id scope = scopes_.Open(
        Scopes::By::kUser,
        Options().MaxDiscarded("http", 0).SetMode(Kind::kConnection, mode));
    ledger.CheckOut(ledger.Open("x")).Discard();
    const Verdict verdict = scopes_.Close(scope, "scope");
    EXPECT_EQ(verdict.exceeded.empty(), mode == Mode::kOff);
    EXPECT_EQ(verdict.limits_only_reported, mode == Mode::kReport);
  }
}

TEST_F(ScopesTest, APoolThatDiedInTheScopeIsNotForgotten) {
  const Scopes::Id scope =
      scopes_.Open(Scopes::By::kUser, Options().MaxDiscarded("http", 0));
  {
    LeaseLedger ledger("http");
    ledger.CheckOut(ledger.Open("x")).Discard();
  }
  EXPECT_THAT(scopes_.Close(scope, "scope").exceeded,
              ElementsAre(HasSubstr("discarded 1")));
}

}  // namespace
}  // namespace leaktrap::internal
