// What becomes of leaks that a run of their test alone confirms, or does not:
// in verdicts that are made up.

#include <chrono>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/confirm.h"
#include "leaktrap/report/makers.h"
#include "leaktrap/rerun.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ConfirmerTest : public testing::Test {
 protected:
  static Resource Leak(uint64_t number, const std::string& pool) {
    Resource leak;
    leak.identity.kind = Kind::kConnection;
    leak.identity.number = number;
    leak.name = pool;
    leak.likeness = "of pool " + pool;
    return leak;
  }

  static std::string SignatureOf(const Resource& leak) {
    return MakersOf({leak}).at(0).signature;
  }

  static MakerGrowth Alone(const std::string& pool, Growth growth, int left) {
    return AloneBy("connections name=" + pool, growth, left);
  }

  static MakerGrowth AloneBy(const std::string& signature, Growth growth,
                             int left) {
    MakerGrowth maker;
    maker.signature = signature;
    maker.growth = growth;
    maker.rounds = 3;
    maker.left_in = 1;
    maker.left = maker.left_at_first = left;
    return maker;
  }

  Confirmer::Outcome Confirm(const std::string& test) {
    return confirmer_.Confirm(test, std::chrono::milliseconds(100), options_,
                              &verdict_);
  }

  RerunResult result_;
  int runs_ = 0;
  std::chrono::milliseconds time_limit_{};
  Options options_ = Options().Confirm(3).Linger(std::chrono::seconds(1));
  Verdict verdict_;
  Confirmer confirmer_{[this](const std::string&, int, auto time_limit) {
    ++runs_;
    time_limit_ = time_limit;
    return result_;
  }};
};

TEST_F(ConfirmerTest, TheTimeLimitFollowsTheTest) {
  verdict_.judgement.leaks = {Leak(1, "db")};
  Confirm("A.B");
  EXPECT_EQ(time_limit_, std::chrono::milliseconds(3 * (1000 + 1000) + 10'000));
}

TEST_F(ConfirmerTest, RunsNothingWhereNothingFails) {
  Confirm("A.B");
  EXPECT_EQ(runs_, 0);
  verdict_.judgement.only_reported = {Leak(1, "db")};
  Confirm("A.B");
  options_.Confirm(0);
  verdict_.judgement.leaks = {Leak(2, "db")};
  Confirm("A.B");
  EXPECT_EQ(runs_, 0);
}

TEST_F(ConfirmerTest, FirstUseIsToleratedWithWhatGoesWithIt) {
  Resource descriptor;
  descriptor.identity.kind = Kind::kDescriptor;
  descriptor.identity.number = 7;
  verdict_.judgement.leaks = {Leak(1, "db"), descriptor, Leak(2, "http")};
  verdict_.judgement.leaks[0].descriptors = {7};
  result_.rounds = 3;
  result_.makers = {Alone("db", Growth::kFirstUse, 1),
                    Alone("http", Growth::kGrowing, 1),
                    AloneBy(SignatureOf(descriptor), Growth::kFirstUse, 1)};
  const Confirmer::Outcome outcome = Confirm("A.B");
  EXPECT_THAT(outcome.notes, SizeIs(1));
  ASSERT_THAT(verdict_.judgement.leaks, SizeIs(1));
  EXPECT_EQ(verdict_.judgement.leaks[0].name, "http");
  ASSERT_THAT(verdict_.judgement.tolerated, SizeIs(2));
  EXPECT_EQ(verdict_.judgement.tolerated[0].reason,
            "first use, as 3 rounds of A.B alone show");
}

TEST_F(ConfirmerTest, WhatGoesWithItHasToBeOfFirstUseToo) {
  Resource descriptor;
  descriptor.identity.kind = Kind::kDescriptor;
  descriptor.identity.number = 7;
  verdict_.judgement.leaks = {Leak(1, "db"), descriptor};
  verdict_.judgement.leaks[0].descriptors = {7};
  result_.rounds = 3;
  result_.makers = {Alone("db", Growth::kFirstUse, 1),
                    AloneBy(SignatureOf(descriptor), Growth::kNowAndThen, 1)};
  EXPECT_THAT(Confirm("A.B").remarks,
              AllOf(HasSubstr("\n  with it goes descriptors "),
                    HasSubstr(", confirmed: in 1 of 3 rounds")));
  EXPECT_THAT(verdict_.judgement.leaks, SizeIs(2));
}

TEST_F(ConfirmerTest, MoreThanAloneIsNoFirstUse) {
  verdict_.judgement.leaks = {Leak(1, "db"), Leak(2, "db")};
  result_.rounds = 3;
  result_.makers = {Alone("db", Growth::kFirstUse, 1)};
  EXPECT_EQ(Confirm("A.B").remarks,
            "\n  not confirmed: in 3 rounds of this test alone only 1 is left "
            "behind, on first use; here it is 2");
  EXPECT_THAT(verdict_.judgement.leaks, SizeIs(2));
  EXPECT_THAT(verdict_.judgement.tolerated, IsEmpty());
}

TEST_F(ConfirmerTest, NoMoreThanSixteenAreOfFirstUse) {
  for (const int count : {16, 17}) {
    const std::string pool = count == 16 ? "small" : "big";
    verdict_.judgement.leaks.clear();
    for (int i = 0; i < count; ++i) {
      verdict_.judgement.leaks.push_back(Leak(i, pool));
    }
    result_.rounds = 3;
    result_.makers = {Alone(pool, Growth::kFirstUse, count)};
    EXPECT_EQ(Confirm("A.B").remarks,
              count == 16 ? ""
                          : "\n  not confirmed: in 3 rounds of this test alone "
                            "it looks like first use, but no more than 16 are "
                            "taken for that; here it is 17");
    EXPECT_THAT(verdict_.judgement.leaks, SizeIs(count == 16 ? 0 : 17));
  }
}

TEST_F(ConfirmerTest, NothingElseIsForgiven) {
  int number = 0;
  for (Growth growth : {Growth::kGrowing, Growth::kNowAndThen,
                        Growth::kGoneLate, Growth::kUnknown}) {
    const std::string pool = "pool" + std::string(1, 'a' + ++number);
    verdict_.judgement.leaks = {Leak(1, pool)};
    result_.rounds = 3;
    result_.makers = {Alone(pool, growth, 1)};
    EXPECT_THAT(Confirm("A.B").remarks, HasSubstr("confirmed: "));
    EXPECT_THAT(verdict_.judgement.leaks, SizeIs(1));
  }
}

TEST_F(ConfirmerTest, ThereIsAnEndOfRunningTestsAgain) {
  for (int i = 0; i < Confirmer::kMostTests + 2; ++i) {
    EXPECT_EQ(confirmer_.Note(), i <= Confirmer::kMostTests
                                     ? ""
                                     : "Leaktrap: 1 more leaking test was not "
                                       "run again to confirm the leaks, since "
                                       "so many as 20 tests have been run "
                                       "again; --gtest_filter chooses those to "
                                       "look at.");
    verdict_.judgement.leaks = {Leak(1, "pool" + std::string(1, 'a' + i))};
    result_.rounds = 3;
    const std::string remarks = Confirm("A.B").remarks;
    EXPECT_THAT(remarks, HasSubstr(i < Confirmer::kMostTests
                                       ? "nothing is left behind"
                                       : "could not be confirmed: so many as "
                                         "20 tests have been run again"));
    EXPECT_THAT(verdict_.judgement.leaks, SizeIs(1));
  }
  EXPECT_EQ(runs_, Confirmer::kMostTests);
  EXPECT_THAT(confirmer_.Note(), HasSubstr("2 more leaking tests were"));
}

TEST_F(ConfirmerTest, ThereIsAnEndOfTheTimeThatItTakes) {
  result_.rounds = 3;
  result_.took = std::chrono::seconds(30);
  for (const char* pool : {"a", "b"}) {
    verdict_.judgement.leaks = {Leak(1, pool)};
    Confirm("A.B");
  }
  result_.took = std::chrono::milliseconds(1);
  verdict_.judgement.leaks = {Leak(1, "c")};
  Confirm("A.B");
  EXPECT_EQ(runs_, 3) << "60 s are not more than 60 s";
  verdict_.judgement.leaks = {Leak(1, "d")};
  EXPECT_EQ(Confirm("A.B").remarks,
            "\n  could not be confirmed: running tests again has taken more "
            "than 1m in this run");
  EXPECT_EQ(runs_, 3);
  EXPECT_THAT(verdict_.judgement.leaks, SizeIs(1));
  EXPECT_EQ(confirmer_.Note(),
            "Leaktrap: 1 more leaking test was not run again to confirm the "
            "leaks, since running tests again has taken more than 1m; "
            "--gtest_filter chooses those to look at.");
}

// Two rounds cannot tell first use from every second time.
TEST_F(ConfirmerTest, FewerThanThreeRoundsShowNoFirstUse) {
  verdict_.judgement.leaks = {Leak(1, "db")};
  result_.rounds = 2;
  result_.makers = {Alone("db", Growth::kFirstUse, 1)};
  result_.makers[0].rounds = 2;
  EXPECT_EQ(Confirm("A.B").remarks,
            "\n  could not be confirmed: alone it came to its end in 2 rounds, "
            "and 3 are needed");
  EXPECT_THAT(verdict_.judgement.leaks, SizeIs(1));
}

}  // namespace
}  // namespace leaktrap::internal
