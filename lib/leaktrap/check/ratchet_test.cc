#include "leaktrap/check/ratchet.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "file:1" and so on.
std::shared_ptr<const RuleSet> Rules(const std::string& text) {
  auto set = std::make_shared<RuleSet>();
  for (const FileRule& rule : ParseRules("file", text).rules) {
    set->rules.push_back({rule, "file:" + std::to_string(rule.line), nullptr});
  }
  return set;
}

Judgement Known(const std::string& where, int count) {
  Judgement judgement;
  judgement.known[where] = count;
  return judgement;
}

Judgement New(const std::string& thread, int count) {
  Judgement judgement;
  for (int i = 0; i < count; ++i) {
    ToleratedLeak leak;
    leak.resource.identity.kind = Kind::kThread;
    leak.resource.name = thread;
    leak.is_learnt = true;
    judgement.tolerated.push_back(leak);
  }
  return judgement;
}

std::vector<std::string> Texts(const std::vector<RuleChange>& changes) {
  std::vector<std::string> texts;
  for (const RuleChange& change : changes) {
    texts.push_back(change.where + " " + RuleLine(change.rule) + " -> " +
                    std::to_string(change.found));
  }
  return texts;
}

constexpr char kRule[] = "threads name=a test=T.a count=2 reason=r\n";

TEST(RatchetTest, WhatIsLessIsTooHigh) {
  Ratchet ratchet(Rules(kRule));
  ratchet.Add("T.a", Known("file:1", 1));
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());  // the test is not over
  ratchet.End("T.a", /*is_whole=*/true);
  EXPECT_THAT(Texts(ratchet.TooHigh()),
              ElementsAre("file:1 threads name=a test=T.a count=2 reason=r -> "
                          "1"));
  EXPECT_THAT(ratchet.TooLow(), IsEmpty());
}

TEST(RatchetTest, ScopesOfATestAddUp) {
  Ratchet ratchet(Rules(kRule));
  ratchet.Add("T.a", Known("file:1", 1));
  ratchet.Add("T.a", Known("file:1", 1));
  ratchet.End("T.a", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

TEST(RatchetTest, OfRoundsTheMostCounts) {
  Ratchet ratchet(Rules(kRule));
  for (int count : {1, 2, 0}) {
    ratchet.Add("T.a", Known("file:1", count));
    ratchet.End("T.a", true);
  }
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

TEST(RatchetTest, WhatDidNotRunToItsEndSaysNothing) {
  Ratchet ratchet(Rules(kRule));
  ratchet.End("T.a", /*is_whole=*/false);
  ratchet.End("T.b", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
  // Another round did.
  ratchet.End("T.a", true);
  EXPECT_EQ(ratchet.TooHigh().size(), 1u);
}

TEST(RatchetTest, WhatCouldNotBeLookedAtSaysNothing) {
  Ratchet ratchet(Rules(kRule));
  ratchet.Add("T.a", Judgement(), /*could_look=*/false);
  ratchet.Add("T.a", Judgement());
  ratchet.End("T.a", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

TEST(RatchetTest, RulesForSeveralPlacesNeedAllOfThem) {
  Ratchet ratchet(Rules("threads name=a test=T.* count=2 reason=r\n"));
  ratchet.End("T.a", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
  ratchet.End("T.b", false);
  ratchet.EndAll({"T.a", "T.b"});
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
  ratchet.End("T.b", true);
  EXPECT_EQ(ratchet.TooHigh().size(), 1u);
  ratchet.Add("T.b", Known("file:1", 2));
  ratchet.End("T.b", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

TEST(RatchetTest, ATestThatIsNotThereAnyMoreLeavesNothing) {
  Ratchet ratchet(Rules("threads name=a test=T.old count=2 reason=r\n"));
  ratchet.End("T.a", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());  // others may run it
  ratchet.EndAll({"T.a", "T.old"});           // one that is disabled
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
  ratchet.EndAll({"T.a"});
  EXPECT_EQ(ratchet.TooHigh().size(), 1u);
}

TEST(RatchetTest, WhatCannotBeSeenSaysNothing) {
  Ratchet ratchet(Rules(kRule), [](const FileRule&) { return false; });
  ratchet.End("T.a", true);
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

TEST(RatchetTest, WhatIsMoreIsTooLow) {
  Ratchet ratchet(Rules(kRule));
  ratchet.Add("T.a", Known("file:1", 3));
  ratchet.Add("T.b", New("worker-12", 1));
  ratchet.Add("T.b", New("worker-7", 1));
  ratchet.End("T.a", false);  // it is there, whatever became of the test
  ratchet.End("T.b", false);
  EXPECT_THAT(
      Texts(ratchet.TooLow()),
      ElementsAre("file:1 threads name=a test=T.a count=2 reason=r -> 3",
                  " threads name=worker-* test=T.b reason= -> 2"));
}

TEST(RatchetTest, RulesWithoutACountAreNoneOfIts) {
  Ratchet ratchet(Rules("threads name=a reason=r\n"));
  ratchet.End("T.a", true);
  ratchet.EndAll({"T.a"});
  EXPECT_THAT(ratchet.TooHigh(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
