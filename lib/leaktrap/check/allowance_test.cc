#include "leaktrap/check/allowance.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/made_up.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/check/verifier.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Allowance AllowThreads(int count, const std::string& reason) {
  Allowance allowance;
  allowance.kind = Kind::kThread;
  allowance.count = count;
  allowance.reason = reason;
  allowance.file = "a_test.cc";
  allowance.line = 12;
  allowance.use = std::make_shared<RuleUse>();
  return allowance;
}

Allowance ExpectThreads(int count, const std::string& reason) {
  Allowance allowance = AllowThreads(count, reason);
  allowance.is_expected = true;
  return allowance;
}

TEST(AllowancesTest, SumsStayCounts) {
  constexpr int kAny = std::numeric_limits<int>::max();
  Allowances allowances;
  allowances.Add(AllowThreads(kAny, "also any"));
  allowances.Add(ExpectThreads(kAny, "any"));
  allowances.Add(ExpectThreads(1, "one more"));
  EXPECT_EQ(allowances.Count(Kind::kThread), kAny);
  EXPECT_EQ(allowances.Expected(Kind::kThread), kAny);
  EXPECT_EQ(allowances.At(Kind::kThread, kAny - 1).reason, "any");
}

class AllowanceTest : public testing::Test {
 protected:
  void Make(uint64_t number) {
    world_.listing.identities.push_back({Kind::kThread, 0, number, {1}});
  }

  Scopes::Id Open(const Options& own = {}) {
    return scopes_.Open(Scopes::By::kLeaktrap, own);
  }
  Scopes::Id OpenByUser(const Options& own = {}) {
    return scopes_.Open(Scopes::By::kUser, own);
  }
  Verdict Close(Scopes::Id id) { return scopes_.Close(id, "scope"); }

  static std::vector<std::string> Reasons(const Verdict& verdict) {
    std::vector<std::string> reasons;
    for (const ToleratedLeak& leak : verdict.judgement.tolerated) {
      reasons.push_back(leak.reason);
    }
    return reasons;
  }
  static std::vector<std::string> UnmetTexts(const Verdict& verdict) {
    std::vector<std::string> texts;
    for (const Unmet& unmet : verdict.unmet) texts.push_back(unmet.text);
    return texts;
  }

  MadeUpWorld world_;
  MadeUpClock clock_;
  MadeUpProof proof_{false};
  ProbeSet probes_ = MadeUpProbes(Kind::kThread, &world_);
  Verifier verifier_{&probes_, &clock_, &proof_};
  Scopes scopes_{Options()
                     .Linger(milliseconds(100))
                     .Tolerate(Kind::kThread, 1, "of the program"),
                 &verifier_};
};

TEST_F(AllowanceTest, ReplacesTheCountOfTheScopesAround) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(2, "of the test"));
  Make(1);
  Make(2);
  EXPECT_THAT(Reasons(Close(test)), ElementsAre("of the test", "of the test"));
  // And is over with its scope.
  const Scopes::Id next = Open();
  Make(3);
  EXPECT_THAT(Reasons(Close(next)), ElementsAre("of the program"));
}

TEST_F(AllowanceTest, AddsUpWithOthersOfItsScope) {
  const Scopes::Id test = Open();
  const Allowance first = AllowThreads(1, "of the fixture");
  const Allowance second = AllowThreads(2, "of the test");
  scopes_.Allow(first);
  scopes_.Allow(second);
  Make(1);
  Make(2);
  const Verdict verdict = Close(test);
  EXPECT_THAT(Reasons(verdict), ElementsAre("of the fixture", "of the test"));
  EXPECT_EQ(verdict.settled.ended, Ended::kTolerated);
  EXPECT_THAT(verdict.allowances, SizeIs(2));
  EXPECT_EQ(first.use->matches, 1);
  EXPECT_EQ(second.use->matches, 1);
}

TEST_F(AllowanceTest, WithOneMoreAllAreLeaks) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(2, "of the test"));
  for (uint64_t number : {1, 2, 3}) Make(number);
  const Verdict verdict = Close(test);
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(3));
  EXPECT_THAT(verdict.surplus,
              ElementsAre("3 threads are more than the 2 that may be left: "
                          "LEAKTRAP_ALLOW at a_test.cc:12 (of the test)"));
  EXPECT_THAT(verdict.unmet, IsEmpty());
}

TEST_F(AllowanceTest, OfASuiteIsNotItsTests) {
  const Scopes::Id suite = Open();
  scopes_.Allow(AllowThreads(3, "of the suite"));
  Make(1);
  const Scopes::Id test = Open();
  Make(2);
  EXPECT_THAT(Reasons(Close(test)), ElementsAre("of the program"));
  const Scopes::Id next = Open();
  Make(3);
  Make(4);
  EXPECT_THAT(Close(next).judgement.leaks, SizeIs(2));
  EXPECT_THAT(Reasons(Close(suite)), ElementsAre("of the suite"));
}

TEST_F(AllowanceTest, IsUsedUpByTheUsersScopesWithinIt) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(2, "of the test"));
  const Scopes::Id block = OpenByUser();
  Make(1);
  EXPECT_THAT(Reasons(Close(block)), ElementsAre("of the test"));
  Make(2);
  Make(3);
  EXPECT_THAT(Close(test).judgement.leaks, SizeIs(2));
}

TEST_F(AllowanceTest, OfTheInnermostScopeHoldsThereOnly) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(5, "of the test"));
  const Scopes::Id block = OpenByUser();
  scopes_.Allow(AllowThreads(1, "of the block"));
  Make(1);
  Make(2);
  EXPECT_THAT(Close(block).judgement.leaks, SizeIs(2));
  Make(3);
  EXPECT_THAT(Reasons(Close(test)), ElementsAre("of the test"));
}

TEST_F(AllowanceTest, AddsUpWithACountThatTheScopeWasOpenedWith) {
  const Scopes::Id test = Open();
  const Scopes::Id block =
      OpenByUser(Options().Tolerate(Kind::kThread, 1, "of the block"));
  scopes_.Allow(AllowThreads(1, "said in it"));
  Make(1);
  Make(2);
  EXPECT_THAT(Reasons(Close(block)), ElementsAre("of the block", "said in it"));
  Close(test);
}

TEST_F(AllowanceTest, ACountOfAnInnerScopesOwnReplacesIt) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(5, "of the test"));
  const Scopes::Id block =
      OpenByUser(Options().Tolerate(Kind::kThread, 1, "of the block"));
  Make(1);
  Make(2);
  EXPECT_THAT(Close(block).judgement.leaks, SizeIs(2));
  Close(test);
}

TEST_F(AllowanceTest, ThatExpectsIsMetByAsManyAsItSays) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(2, "known"));
  Make(1);
  Make(2);
  const Verdict verdict = Close(test);
  ASSERT_THAT(verdict.judgement.tolerated, SizeIs(2));
  EXPECT_TRUE(verdict.judgement.tolerated[0].is_expected);
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
  EXPECT_THAT(verdict.unmet, IsEmpty());
  // They might have ended.
  EXPECT_EQ(verdict.settled.waited, milliseconds(100));
}

TEST_F(AllowanceTest, ThatExpectsIsNotMetByNone) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(1, "known"));
  const Verdict verdict = Close(test);
  EXPECT_THAT(
      UnmetTexts(verdict),
      ElementsAre("was expected to leave 1 thread (known), and left none: "
                  "take the LEAKTRAP_EXPECT_LEAK out"));
  EXPECT_EQ(verdict.unmet[0].line, 12);
}

TEST_F(AllowanceTest, ThatExpectsIsNotMetByFewer) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(2, "known"));
  scopes_.Allow(ExpectThreads(3, "known too"));
  Make(1);
  Make(2);
  Make(3);
  const Verdict verdict = Close(test);
  EXPECT_THAT(
      UnmetTexts(verdict),
      ElementsAre("was expected to leave 3 threads (known too), and left "
                  "only 1: lower the count of the "
                  "LEAKTRAP_EXPECT_LEAK"));
  EXPECT_THAT(verdict.judgement.leaks, IsEmpty());
}

TEST_F(AllowanceTest, ThatExpectsIsNotMetByWhatEndsLate) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(1, "known"));
  Make(1);
  world_.before_look = [this](int) {
    if (clock_.elapsed() > milliseconds(90)) world_.listing.identities.clear();
  };
  EXPECT_THAT(Close(test).unmet, SizeIs(1));
}

TEST_F(AllowanceTest, ThatExpectsIsBrokenByMore) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(1, "known"));
  Make(1);
  Make(2);
  const Verdict verdict = Close(test);
  EXPECT_THAT(verdict.judgement.leaks, SizeIs(2));
  EXPECT_THAT(verdict.unmet, IsEmpty());
  EXPECT_THAT(verdict.surplus,
              ElementsAre("2 threads are more than the 1 that may be left: "
                          "LEAKTRAP_EXPECT_LEAK at a_test.cc:12 (known)"));
}

TEST_F(AllowanceTest, WhatIsExpectedComesBeforeWhatIsAllowed) {
  const Scopes::Id test = Open();
  scopes_.Allow(AllowThreads(1, "allowed"));
  scopes_.Allow(ExpectThreads(1, "expected"));
  Make(1);
  const Verdict verdict = Close(test);
  EXPECT_THAT(Reasons(verdict), ElementsAre("expected"));
  EXPECT_THAT(verdict.unmet, IsEmpty());
}

TEST_F(AllowanceTest, ThatExpectsIsMetByWhatAScopeWithinItLeft) {
  const Scopes::Id test = Open();
  scopes_.Allow(ExpectThreads(1, "known"));
  const Scopes::Id block = OpenByUser();
  Make(1);
  const Verdict inner = Close(block);
  EXPECT_THAT(inner.judgement.tolerated, SizeIs(1));
  EXPECT_THAT(inner.unmet, IsEmpty());
  EXPECT_THAT(Close(test).unmet, IsEmpty());
}

TEST_F(AllowanceTest, OfAKindThatIsOffCannotBeChecked) {
  const Scopes::Id test = Open(Options().SetMode(Kind::kThread, Mode::kOff));
  scopes_.Allow(ExpectThreads(1, "known"));
  const Verdict verdict = Close(test);
  EXPECT_THAT(verdict.unmet, IsEmpty());
  ASSERT_THAT(verdict.unchecked, SizeIs(1));
  EXPECT_THAT(verdict.unchecked[0].text,
              HasSubstr("threads are not looked for (mode off)"));
}

TEST_F(AllowanceTest, OfAScopeThatIsNotTheLastWordIsUnchecked) {
  const Scopes::Id test = Open();
  const Scopes::Id block = OpenByUser();
  scopes_.Allow(ExpectThreads(1, "known"));
  const Verdict inner = scopes_.Close(block, "scope", Scopes::Judged::kForNow);
  EXPECT_THAT(inner.unmet, IsEmpty());
  ASSERT_THAT(inner.unchecked, SizeIs(1));
  EXPECT_THAT(inner.unchecked[0].text,
              HasSubstr("was expected to leave 1 thread (known); nobody can "
                        "say whether it did, since an exception left"));
  EXPECT_THAT(Close(test).unchecked, IsEmpty());
}

TEST_F(AllowanceTest, OfAKindThatIsOnlyReportedFailsNothing) {
  const Scopes::Id test = Open(Options().SetMode(Kind::kThread, Mode::kReport));
  scopes_.Allow(ExpectThreads(1, "known"));
  const Verdict verdict = Close(test);
  ASSERT_THAT(verdict.unmet, SizeIs(1));
  EXPECT_TRUE(verdict.unmet[0].only_reported);
}

}  // namespace
}  // namespace leaktrap::internal
