#include "leaktrap/check/growth.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kMaker[] = "threads maker=app::Open";
constexpr char kTest[] = "Log.Writes";

// The maker, after rounds in each of which a test left so much behind and came
// to its end.
MakerGrowth After(const std::vector<int>& left_in_rounds) {
  GrowthHistory history;
  for (int left : left_in_rounds) {
    history.StartRound();
    if (left > 0) history.Add(kMaker, "app/log.cc:17", kTest, left);
    history.End(kTest);
  }
  const std::vector<MakerGrowth> makers = history.Makers();
  return makers.empty() ? MakerGrowth() : makers.front();
}

TEST(GrowthHistoryTest, OneRoundTellsNothing) {
  EXPECT_EQ(After({3}).growth, Growth::kUnknown);
  EXPECT_THAT(GrowthHistory().Makers(), IsEmpty());
}

TEST(GrowthHistoryTest, FirstUse) {
  for (const std::vector<int>& rounds :
       {std::vector<int>{1, 0}, {3, 0, 0, 0}, {1, 0, 0, 0, 0, 0}}) {
    const MakerGrowth maker = After(rounds);
    EXPECT_EQ(maker.growth, Growth::kFirstUse);
    EXPECT_EQ(maker.left, rounds[0]);
    EXPECT_EQ(maker.left_in, 1);
    EXPECT_EQ(maker.rounds, static_cast<int>(rounds.size()));
    EXPECT_EQ(maker.PerRound(), 0);
  }
}

TEST(GrowthHistoryTest, GrowingByARate) {
  EXPECT_EQ(After({1, 1}).growth, Growth::kGrowing);
  EXPECT_EQ(After({1, 1}).PerRound(), 1);
  EXPECT_EQ(After({2, 2, 2}).PerRound(), 2);
  EXPECT_EQ(After({1, 2, 1}).PerRound(), 1.5);
  // What the first round left may be of first use in part.
  const MakerGrowth maker = After({5, 1, 2});
  EXPECT_EQ(maker.growth, Growth::kGrowing);
  EXPECT_EQ(maker.PerRound(), 1.5);
  EXPECT_EQ(maker.left, 8);
  EXPECT_EQ(maker.left_at_first, 5);
  EXPECT_EQ(maker.place, "app/log.cc:17");
  EXPECT_EQ(maker.owner, kTest);
}

TEST(GrowthHistoryTest, NowAndThen) {
  for (const std::vector<int>& rounds :
       {std::vector<int>{0, 1}, {1, 0, 1}, {0, 1, 0}, {1, 1, 0}, {0, 1, 1}}) {
    EXPECT_EQ(After(rounds).growth, Growth::kNowAndThen);
  }
  const MakerGrowth maker = After({1, 0, 3, 0, 0});
  EXPECT_EQ(maker.left_in, 2);
  EXPECT_EQ(maker.rounds, 5);
  EXPECT_EQ(maker.PerRound(), 0.75);
  EXPECT_EQ(After({0, 1, 0, 1, 0}).PerRound(), 0.5);
}

TEST(GrowthHistoryTest, GoneLate) {
  GrowthHistory history;
  for (int round = 0; round < 3; ++round) {
    history.StartRound();
    // What a round leaves goes in the next one: the last one's is still there.
    if (round > 0) history.Release(kMaker, 1);
    history.Add(kMaker, "", kTest, 1);
    history.End(kTest);
  }
  EXPECT_EQ(history.Makers()[0].growth, Growth::kGoneLate);
  EXPECT_EQ(history.Makers()[0].released, 2);
  history.Release(kMaker, 1);
  EXPECT_EQ(history.Makers()[0].growth, Growth::kGoneLate);
}

TEST(GrowthHistoryTest, WhatIsGoneOnlyInPartGrows) {
  GrowthHistory history;
  for (int round = 0; round < 3; ++round) {
    history.StartRound();
    history.Add(kMaker, "", kTest, 2);
    history.Release(kMaker, 1);
    history.End(kTest);
  }
  EXPECT_EQ(history.Makers()[0].growth, Growth::kGrowing);
}

TEST(GrowthHistoryTest, FirstUseThatIsGoneIsGoneLate) {
  GrowthHistory history;
  history.StartRound();
  history.Add(kMaker, "", kTest, 1);
  history.End(kTest);
  history.StartRound();
  history.Release(kMaker, 1);
  history.Release("others", 7);
  history.End(kTest);
  EXPECT_EQ(history.Makers()[0].growth, Growth::kGoneLate);
}

TEST(GrowthHistoryTest, ShuffledTestsChangeWhoIsChargedAndNotTheMaker) {
  GrowthHistory first_use;
  GrowthHistory growing;
  for (int round = 0; round < 4; ++round) {
    const std::string charged = round % 2 == 0 ? "A.A" : "B.B";
    for (GrowthHistory* history : {&first_use, &growing}) {
      history->StartRound();
      if (history == &growing || round == 0) {
        history->Add(kMaker, "", charged, 1);
      }
      history->End("A.A");
      history->End("B.B");
    }
  }
  EXPECT_EQ(first_use.Makers()[0].growth, Growth::kFirstUse);
  EXPECT_EQ(growing.Makers()[0].growth, Growth::kGrowing);
  EXPECT_EQ(growing.Makers()[0].rounds, 4);
  EXPECT_EQ(growing.Makers()[0].left_in, 4);
  EXPECT_EQ(growing.Makers()[0].owner, "A.A");
}

// Two tests that each leave one are two in a round.
TEST(GrowthHistoryTest, AddsUpWhatOneRoundLeaves) {
  GrowthHistory history;
  for (int round = 0; round < 2; ++round) {
    history.StartRound();
    for (const char* test : {"A.A", "B.B"}) {
      history.Add(kMaker, "", test, 1);
      history.End(test);
    }
  }
  EXPECT_EQ(history.Makers()[0].left_in, 2);
  EXPECT_EQ(history.Makers()[0].PerRound(), 2);
}

// --gtest_fail_fast: the first round ends at the first leak, and each later one
// comes a test further.
TEST(GrowthHistoryTest, RoundsCountInWhichTheTestCameToItsEnd) {
  GrowthHistory history;
  history.StartRound();
  history.Add("first", "", "A.A", 1);
  history.End("A.A");
  history.StartRound();
  history.End("A.A");
  history.Add("second", "", "B.B", 1);
  history.End("B.B");
  EXPECT_EQ(history.Makers()[0].growth, Growth::kFirstUse);
  EXPECT_EQ(history.Makers()[1].growth, Growth::kUnknown);
  history.StartRound();
  history.End("A.A");
  history.End("A.A");
  history.End("B.B");
  EXPECT_EQ(history.Makers()[0].growth, Growth::kFirstUse);
  EXPECT_EQ(history.Makers()[1].growth, Growth::kFirstUse);
  EXPECT_EQ(history.Makers()[1].rounds, 2);
  EXPECT_EQ(history.RoundsOf("A.A"), 3);
  EXPECT_EQ(history.RoundsOf("B.B"), 2);
  EXPECT_EQ(history.RoundsOf("C.C"), 0);
}

// Where only scopes are looked at, no test comes to an end.
TEST(GrowthHistoryTest, WhoseEndIsNotKnownHasAllRounds) {
  GrowthHistory history;
  history.StartRound();
  history.Add("first", "", "A.A", 1);
  history.Add("each", "", "A.A", 1);
  history.StartRound();
  history.Add("each", "", "A.A", 1);
  history.Add("later", "", "A.A", 1);
  std::vector<std::string> words;
  for (const MakerGrowth& maker : history.Makers()) {
    words.push_back(maker.signature + ": " + GrowthWord(maker.growth));
  }
  EXPECT_THAT(words, ElementsAre("each: growing", "later: now and then",
                                 "first: first use"));
}

TEST(GrowthHistoryTest, TheWorstComesFirst) {
  GrowthHistory history;
  for (int round = 0; round < 3; ++round) {
    history.StartRound();
    if (round == 0) history.Add("a first use", "", kTest, 9);
    if (round == 1) history.Add("b now and then", "", kTest, 1);
    history.Add("c growing", "", kTest, 1);
    history.Add("d growing more", "", kTest, 2);
    history.Add("e gone", "", kTest, 1);
    history.Release("e gone", 1);
    history.End(kTest);
  }
  std::vector<std::string> order;
  for (const MakerGrowth& maker : history.Makers()) {
    order.push_back(maker.signature);
  }
  EXPECT_THAT(order, ElementsAre("d growing more", "c growing",
                                 "b now and then", "a first use", "e gone"));
}

TEST(GrowthHistoryTest, FollowsNoMoreThanItCanKeep) {
  GrowthHistory history;
  for (int round = 0; round < 2; ++round) {
    history.StartRound();
    for (size_t i = 0; i <= GrowthHistory::kMostMakers; ++i) {
      history.Add("maker " + std::to_string(i), "", kTest, 1);
    }
    history.End(kTest);
    EXPECT_TRUE(history.is_cut());
  }
  EXPECT_EQ(history.Makers().size(), GrowthHistory::kMostMakers);
  EXPECT_EQ(history.Makers()[0].left, 2);
}

TEST(GrowthWordTest, IsReadAsItIsWritten) {
  for (Growth growth : {Growth::kUnknown, Growth::kFirstUse, Growth::kGrowing,
                        Growth::kNowAndThen, Growth::kGoneLate}) {
    EXPECT_EQ(GrowthOf(GrowthWord(growth)), growth);
  }
  EXPECT_EQ(GrowthOf("shrinking"), Growth::kUnknown);
}

}  // namespace
}  // namespace leaktrap::internal
