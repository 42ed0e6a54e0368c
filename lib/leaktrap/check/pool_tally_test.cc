#include "leaktrap/check/pool_tally.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/pool/pool_registry.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PoolUsage Used(std::optional<int> peak, int idle = 0, int64_t discarded = 0) {
  PoolUsage usage;
  usage.serial = 1;
  usage.name = "http";
  usage.peak_leased = peak;
  usage.counts.idle = idle;
  usage.counts.discarded = discarded;
  return usage;
}

std::vector<std::string> Exceeded(const PoolTally& tally,
                                  const Options& options) {
  return tally.Exceeded(options.limits());
}

TEST(PoolTallyTest, TheHighestPeakCounts) {
  PoolTally tally;
  tally.Resume({Used(100)});  // before the scope
  tally.Add({Used(3)});
  tally.Add({Used(5)});
  tally.Add({Used(4)});
  EXPECT_THAT(Exceeded(tally, Options().MaxLeased("http", 5)), IsEmpty());
  EXPECT_THAT(Exceeded(tally, Options().MaxLeased("http", 4)),
              ElementsAre("pool \"http\" had leased at one time 5 of its "
                          "connections; MaxLeased(\"http\", 4) allows 4"));
}

TEST(PoolTallyTest, APoolThatCannotTellIsNotPassed) {
  PoolTally tally;
  tally.Add({Used(1)});
  tally.Add({Used(std::nullopt)});
  EXPECT_THAT(Exceeded(tally, Options().MaxLeased("http", 9)),
              ElementsAre(HasSubstr("cannot tell")));
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("http", 9)), IsEmpty());
}

TEST(PoolTallyTest, APoolThatCannotTellWhatItDiscardedIsNotPassed) {
  PoolTally inner;
  inner.Resume({Used(0, 0, -1)});
  inner.Add({Used(0, 0, -1)});
  PoolTally outer;
  outer.Add({Used(0, 0, 0)});
  EXPECT_THAT(Exceeded(outer, Options().MaxDiscarded("http", 9)), IsEmpty());
  outer.Absorb(inner);
  for (const PoolTally& tally : {inner, outer}) {
    EXPECT_THAT(Exceeded(tally, Options().MaxDiscarded("http", 9)),
                ElementsAre(HasSubstr("cannot tell")));
    EXPECT_THAT(Exceeded(tally, Options().MaxLeased("http", 0)), IsEmpty());
  }
}

TEST(PoolTallyTest, IdleIsWhatIsKeptAtTheEnd) {
  PoolTally tally;
  tally.Add({Used(0, 7)});
  tally.Add({Used(0, 2)});
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("h*", 2)), IsEmpty());
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("h*", 1)),
              ElementsAre(HasSubstr("keeps idle 2")));
}

TEST(PoolTallyTest, IdleOnesOfAnotherScopeAreNotChargedAgain) {
  PoolTally tally;
  tally.Resume({Used(0, 5)});
  tally.Add({Used(0, 5)});
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("http", 1)), IsEmpty());
  tally.Add({Used(0, 6)});
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("http", 1)),
              ElementsAre(HasSubstr("keeps idle 6")));
}

TEST(PoolTallyTest, ADeadPoolKeepsNothing) {
  PoolUsage dead = Used(0, 7);
  dead.alive = false;
  PoolTally tally;
  tally.Add({dead});
  EXPECT_THAT(Exceeded(tally, Options().MaxIdle("http", 0)), IsEmpty());
}

TEST(PoolTallyTest, OnlyTheScopesOwnDiscardsCount) {
  PoolTally tally;
  tally.Resume({Used(0, 0, 10)});
  tally.Add({Used(0, 0, 12)});     // 2, and a scope within begins
  tally.Resume({Used(0, 0, 20)});  // that one's were 8
  tally.Add({Used(0, 0, 21)});     // 1
  EXPECT_THAT(Exceeded(tally, Options().MaxDiscarded("http", 3)), IsEmpty());
  EXPECT_THAT(Exceeded(tally, Options().MaxDiscarded("http", 2)),
              ElementsAre(HasSubstr("discarded 3")));
}

TEST(PoolTallyTest, APoolThatIsNewCountsFromItsBeginning) {
  PoolTally tally;
  tally.Resume({});
  tally.Add({Used(0, 0, 4)});
  EXPECT_THAT(Exceeded(tally, Options().MaxDiscarded("http", 3)),
              ElementsAre(HasSubstr("discarded 4")));
}

TEST(PoolTallyTest, ALimitThatMatchesNoPoolIsUnused) {
  PoolTally tally;
  tally.Add({Used(0)});
  const Options options = Options().MaxLeased("db", 0).MaxLeased("http", 1);
  EXPECT_THAT(Exceeded(tally, options), IsEmpty());
  EXPECT_EQ(options.RuleUses()[0]->matches, 0);
  EXPECT_EQ(options.RuleUses()[1]->matches, 1);
}

TEST(PoolTallyTest, ANameIsMatchedAndToldAsPrintable) {
  PoolUsage used = Used(3);
  used.name = "http\n\xff";
  PoolTally tally;
  tally.Add({used});
  EXPECT_THAT(Exceeded(tally, Options().MaxLeased("http\\\\n*", 2)),
              ElementsAre(HasSubstr("pool \"http\\n\\xff\" had leased")));
}

}  // namespace
}  // namespace leaktrap::internal
