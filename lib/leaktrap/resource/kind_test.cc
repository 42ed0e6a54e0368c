#include "leaktrap/resource/kind.h"

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

TEST(KindTest, EveryKindIsParsedFromItsPlural) {
  for (Kind kind : kAllKinds) {
    EXPECT_EQ(ParseKind(KindPlural(kind)), kind);
  }
}

TEST(KindTest, OtherWordsAreNoKind) {
  EXPECT_EQ(ParseKind(""), std::nullopt);
  EXPECT_EQ(ParseKind("thread"), std::nullopt);
  EXPECT_EQ(ParseKind("Threads"), std::nullopt);
}

TEST(KindTest, CountsAgreeInNumber) {
  EXPECT_EQ(CountOf(Kind::kThread, 1), "1 thread");
  EXPECT_EQ(CountOf(Kind::kProcess, 2), "2 processes");
  EXPECT_EQ(CountOf(Kind::kOther, 0), "0 resources");
}

}  // namespace
}  // namespace leaktrap
