// First use against growth: what --gtest_repeat shows.

#include <map>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"
#include "leaktrap/report/json_for_test.h"

namespace leaktrap::internal {
namespace {

using child::Console;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kOfTests[] = "testing/leaktrap/children/rounds_child.cc:";

class RoundsTest : public JsonChildTest {
 protected:
  void RunRounds(int rounds, const std::string& filter,
                 std::vector<std::string> args = {}) {
    args.push_back("--gtest_repeat=" + std::to_string(rounds));
    Run("rounds_child", "ARound.*:" + filter, std::move(args));
  }

  std::vector<Json> Makers() const {
    const std::vector<Json> summaries = Entries("summary");
    EXPECT_THAT(summaries, SizeIs(1));
    return summaries.at(0).Has("makers") ? summaries.at(0)["makers"].array()
                                         : std::vector<Json>();
  }

  // By the test that was charged first.
  std::map<std::string, std::string> Growths() const {
    std::map<std::string, std::string> growths;
    for (const Json& maker : Makers()) {
      growths[maker["first_left_by"].string()] = maker["growth"].string();
    }
    return growths;
  }
};

// It is one with its thread in the first round, and alone in the others.
TEST_F(RoundsTest, WhatAThreadOfFirstUseMakesGrows) {
  RunRounds(3, "WorkerGrowing.*");
  const std::vector<Json> makers = Makers();
  ASSERT_THAT(makers, SizeIs(2));
  EXPECT_THAT(makers[0]["signature"].string(), HasSubstr("Worker::Open"));
  EXPECT_EQ(makers[0]["growth"].string(), "growing");
  EXPECT_EQ(makers[0]["left"].number(), 3);
  EXPECT_EQ(makers[1]["kind"].string(), "thread");
  EXPECT_EQ(makers[1]["growth"].string(), "first use");
}

TEST_F(RoundsTest, FirstUseIsNamedWithWhatToWrite) {
  RunRounds(3, "FirstUse.*");
  EXPECT_THAT(
      child_,
      Console(AllOf(
          HasSubstr("Leaktrap, first use: descriptors maker=app::OpenLog\n"
                    "  at " +
                    std::string(kOfTests)),
          HasSubstr("\n  FirstUse.OfTheLogger left 1 behind in the first of 3 "
                    "rounds, and none after it did: made on first use, and "
                    "kept\n  to let it be: make it before the first test "
                    "(Options::WarmUp), or name it in the file of "
                    "--leaktrap_rules:\n    descriptors maker=app::OpenLog "
                    "reason=made on first use, and kept\n"),
          HasSubstr("Leaktrap, first use: threads maker="),
          Not(HasSubstr("growing")))));
  const std::vector<Json> makers = Makers();
  ASSERT_THAT(makers, SizeIs(2));
  EXPECT_EQ(makers[0]["signature"].string(), "descriptors maker=app::OpenLog");
  EXPECT_EQ(makers[0]["kind"].string(), "descriptor");
  EXPECT_THAT(makers[0]["place"].string(), HasSubstr(kOfTests));
  EXPECT_EQ(makers[0]["growth"].string(), "first use");
  EXPECT_EQ(makers[0]["rounds"].number(), 3);
  EXPECT_EQ(makers[0]["left_in"].number(), 1);
  EXPECT_EQ(makers[0]["left"].number(), 1);
  EXPECT_EQ(makers[0]["per_round"].number(), 0);
  EXPECT_EQ(makers[0]["released_late"].number(), 0);
  EXPECT_EQ(makers[0]["first_left_by"].string(), "FirstUse.OfTheLogger");
}

// It is the same maker, whichever test is charged.
TEST_F(RoundsTest, FirstUseInAnyOrder) {
  for (const char* seed : {"1", "2", "3"}) {
    RunRounds(4, "FirstUse.*",
              {"--gtest_shuffle", std::string("--gtest_random_seed=") + seed});
    ASSERT_THAT(Makers(), SizeIs(2));
    for (const Json& maker : Makers()) {
      EXPECT_EQ(maker["growth"].string(), "first use") << child_;
    }
  }
}

TEST_F(RoundsTest, GrowingHasARate) {
  RunRounds(3, "Growing.*");
  EXPECT_THAT(
      child_,
      Console(
          AllOf(HasSubstr("Leaktrap, growing, 1 a round: descriptors maker="),
                HasSubstr("\n  3 left behind in 3 rounds, first by "
                          "Growing.InEachRound\n"),
                HasSubstr("Leaktrap, growing, 1.5 a round: descriptors maker="),
                // In its rounds it leaves two, one, and two.
                HasSubstr("\n  5 left behind in 3 rounds, first by "
                          "Growing.MoreInSomeRounds\n"),
                HasSubstr("first by Growing.InAScope\n"),
                Not(HasSubstr("first use")))));
  ASSERT_THAT(Makers(), SizeIs(3));
  EXPECT_EQ(Makers()[0]["first_left_by"].string(), "Growing.MoreInSomeRounds");
  EXPECT_EQ(Makers()[0]["per_round"].number(), 1.5);
}

TEST_F(RoundsTest, NowAndThen) {
  RunRounds(5, "NowAndThen.*");
  EXPECT_THAT(child_,
              Console(HasSubstr("Leaktrap, now and then, in 2 of 5 rounds: "
                                "descriptors maker=")));
  ASSERT_THAT(Makers(), SizeIs(1));
  EXPECT_EQ(Makers()[0]["left_in"].number(), 2);
  EXPECT_EQ(Makers()[0]["per_round"].number(), 0.5);
}

TEST_F(RoundsTest, GoneLate) {
  RunRounds(3, "Late.*");
  EXPECT_THAT(child_, Console(AllOf(HasSubstr("Leaktrap, gone late: "
                                              "descriptors maker="),
                                    HasSubstr("; 2 of them have gone since"))));
  ASSERT_THAT(Makers(), SizeIs(1));
  EXPECT_EQ(Makers()[0]["released_late"].number(), 2);
}

TEST_F(RoundsTest, OfSuitesToo) {
  RunRounds(2, "Suite.*");
  EXPECT_EQ(Growths()["The test suite Suite, outside its tests"], "first use");
}

// A round in which a test did not come to its leak says nothing of it.
TEST_F(RoundsTest, RoundsInWhichATestGaveUpDoNotCount) {
  const std::map<std::string, double> expected = {{"GivesUp.ByAFailure", 3},
                                                  {"GivesUp.BySkipping", 3}};
  for (const char* policy : {"report", "fail", "off"}) {
    RunRounds(4, "GivesUp.*",
              {std::string("--leaktrap_failed_tests=") + policy,
               std::string("--leaktrap_skipped_tests=") + policy});
    std::map<std::string, double> rounds;
    for (const Json& maker : Makers()) {
      EXPECT_EQ(maker["growth"].string(), "growing") << policy << child_;
      rounds[maker["first_left_by"].string()] = maker["rounds"].number();
    }
    EXPECT_EQ(rounds, expected) << policy;
  }
}

TEST_F(RoundsTest, AllAtOnceInShuffledOrder) {
  RunRounds(3, "FirstUse.*:Growing.*:Late.*:Suite.*", {"--gtest_shuffle"});
  std::map<std::string, int> count;
  for (const Json& maker : Makers()) ++count[maker["growth"].string()];
  const std::map<std::string, int> expected = {
      {"first use", 3}, {"gone late", 1}, {"growing", 3}};
  EXPECT_EQ(count, expected) << child_;
}

// --gtest_fail_fast ends each round at its first leak.
TEST_F(RoundsTest, RoundsThatAreCutShort) {
  RunRounds(4, "FirstUse.*:Growing.InEachRound", {"--gtest_fail_fast"});
  for (const Json& maker : Makers()) {
    EXPECT_EQ(maker["growth"].string(),
              maker["first_left_by"].string() == "Growing.InEachRound"
                  ? "growing"
                  : "first use")
        << child_;
  }
  EXPECT_THAT(Makers(), SizeIs(3));
}

// What is tolerated is followed as well.
TEST_F(RoundsTest, ToleratedAndOnlyReportedOnesCount) {
  RunRounds(2, "Growing.InEachRound", {"--leaktrap_tolerate=descriptors:1"});
  EXPECT_EQ(Growths()["Growing.InEachRound"], "growing");
  RunRounds(2, "Growing.InEachRound", {"--leaktrap_mode=report"});
  EXPECT_EQ(Growths()["Growing.InEachRound"], "growing");
}

TEST_F(RoundsTest, OneRoundTellsNothing) {
  RunRounds(1, "FirstUse.*:Growing.*");
  EXPECT_THAT(Makers(), IsEmpty());
  EXPECT_THAT(child_, Console(AllOf(Not(HasSubstr("first use")),
                                    Not(HasSubstr("growing")))));
}

TEST_F(RoundsTest, CleanRoundsSayNothing) {
  RunRounds(3, "Clean.*");
  EXPECT_THAT(Makers(), IsEmpty());
  EXPECT_THAT(child_, Console(Not(ContainsRegex("Leaktrap, (first|growing)"))));
}

TEST(RoundsPageTest, ThePageOfTheJsonHasEachField) {
  const std::string page = ReadFile("docs/json.md");
  for (const char* field :
       {"kind", "signature", "place", "growth", "rounds", "left_in", "left",
        "per_round", "released_late", "first_left_by"}) {
    EXPECT_THAT(page, HasSubstr("`" + std::string(field) + "`"));
  }
}

}  // namespace
}  // namespace leaktrap::internal
