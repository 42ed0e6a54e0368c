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

}  // namespace
}  // namespace leaktrap::internal
