#include "leaktrap/resource/identity.h"

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

constexpr Identity kBase = {Kind::kDescriptor, 0, 7, {1, 2, 3}};

TEST(IdentityTest, EqualInEveryPart) {
  const Identity same = kBase;
  EXPECT_EQ(same, kBase);
  EXPECT_FALSE(same < kBase);
}

TEST(IdentityTest, EachPartTellsApart) {
  Identity kind = kBase, source = kBase, number = kBase;
  kind.kind = Kind::kThread;
  source.source = 1;
  number.number = 8;
  for (const Identity& other : {kind, source, number}) {
    EXPECT_NE(other, kBase);
    EXPECT_NE(other < kBase, kBase < other);
  }
  for (int i = 0; i < 3; ++i) {
    Identity stamp = kBase;
    stamp.stamp[i] += 1;
    EXPECT_NE(stamp, kBase) << i;
    EXPECT_LT(kBase, stamp) << i;
  }
}

}  // namespace
}  // namespace leaktrap
