#include "leaktrap/check/reported.h"

#include "gtest/gtest.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

Identity File(uint64_t number, uint64_t inode, uint64_t sequence = 0) {
  return {Kind::kDescriptor, 0, number, {1, inode}, sequence};
}

TEST(ReportedTest, WhatWasAddedUntilItIsErased) {
  Reported reported;
  EXPECT_FALSE(reported.Has(File(7, 1)));
  reported.Add(File(7, 1), {"A.Test", "a file"});
  EXPECT_TRUE(reported.Has(File(7, 1)));
  EXPECT_EQ(reported.Find(File(7, 1))->second.owner, "A.Test");
  reported.Erase(File(7, 1));
  EXPECT_FALSE(reported.Has(File(7, 1)));
}

TEST(ReportedTest, AnotherOfTheSameNumberIsAnother) {
  Reported reported;
  reported.Add(File(7, 1, 10), {});
  EXPECT_FALSE(reported.Has(File(7, 2)));
  EXPECT_FALSE(reported.Has(File(7, 1, 11)));
  EXPECT_FALSE(reported.Has(File(8, 1, 10)));
  EXPECT_FALSE(reported.Has({Kind::kOther, 0, 7, {1, 1}, 10}));
}

TEST(ReportedTest, WhatIsNotKnownTellsNothingApart) {
  Reported reported;
  reported.Add(File(7, 1, 10), {});
  EXPECT_TRUE(reported.Has(File(7, 1)));
}

TEST(ReportedTest, IsKnownByItsSequenceAsSoonAsThatIsKnown) {
  Reported reported;
  reported.Add(File(7, 1), {"A.Test", ""});
  reported.Add(File(7, 1, 10), {"B.Test", ""});
  EXPECT_EQ(reported.entries().size(), 1);
  EXPECT_EQ(reported.Find(File(7, 1))->second.owner, "B.Test");
  EXPECT_FALSE(reported.Has(File(7, 1, 11)));
}

TEST(ReportedTest, APlaceIsHandedOn) {
  Reported reported;
  EXPECT_TRUE(reported.LeavesPlace(File(7, 1)));
  reported.AddInPlaceOf(File(7, 1), File(8, 1));
  reported.SetCameIn(File(8, 1), 3);
  reported.AddInPlaceOf(File(8, 1), File(9, 1));
  reported.SetCameIn(File(9, 1), 5);
  EXPECT_EQ(reported.PlaceOf(File(9, 1)), File(7, 1));
  EXPECT_TRUE(reported.LeavesPlace(File(9, 1)));
  reported.ForgetPlacesFrom(4);
  EXPECT_TRUE(reported.Has(File(9, 1)));
  reported.ForgetPlacesFrom(3);
  EXPECT_TRUE(reported.entries().empty());
}

TEST(ReportedTest, APlaceCanBeNobodys) {
  Reported reported;
  reported.AddInPlaceOf(File(9, 1), File(8, 1));
  reported.SetCameIn(File(8, 1), 3);
  reported.ForgivePlacesFrom(3);
  reported.ForgetPlacesFrom(1);
  EXPECT_TRUE(reported.Has(File(8, 1)));
}

TEST(ReportedTest, AnEmptyPlaceIsNobody) {
  Reported reported;
  reported.AddInPlaceOf(File(7, 1), File(8, 1));
  reported.Vacate(File(8, 1));
  EXPECT_FALSE(reported.Has(File(8, 1)));
  EXPECT_EQ(reported.PlaceOf(File(8, 1)), File(7, 1));
  reported.Occupy(File(8, 1));
  EXPECT_TRUE(reported.Has(File(8, 1)));
  reported.Erase(File(8, 1));
  EXPECT_EQ(reported.PlaceOf(File(8, 1)), File(8, 1));
}

TEST(ReportedTest, ALeakHasNoPlace) {
  Reported reported;
  reported.Add(File(7, 1), {"A.Test", "a file"});
  reported.SetCameIn(File(7, 1), 1);
  reported.ForgetPlacesFrom(0);
  EXPECT_FALSE(reported.LeavesPlace(File(7, 1)));
}

}  // namespace
}  // namespace leaktrap::internal
