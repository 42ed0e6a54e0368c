#include "leaktrap/report/growth_text.h"

#include "gtest/gtest.h"
#include "leaktrap/check/growth.h"

namespace leaktrap::internal {
namespace {

MakerGrowth AMaker(Growth growth) {
  MakerGrowth maker;
  maker.signature = "threads maker=app::Open";
  maker.place = "app/log.cc:17";
  maker.owner = "Log.Writes";
  maker.growth = growth;
  maker.rounds = 5;
  maker.left_in = 5;
  maker.left = 7;
  maker.left_at_first = 1;
  return maker;
}

TEST(GrowthTextTest, FirstUseNamesItAndWhatToWrite) {
  MakerGrowth maker = AMaker(Growth::kFirstUse);
  maker.left = maker.left_in = 1;
  EXPECT_EQ(GrowthText(maker),
            "first use: threads maker=app::Open\n"
            "  at app/log.cc:17\n"
            "  Log.Writes left 1 behind in the first of 5 rounds, and none "
            "after it did: made on first use, and kept\n"
            "  to let it be: make it before the first test (Options::WarmUp), "
            "or name it in the file of --leaktrap_rules:\n"
            "    threads maker=app::Open reason=made on first use, and kept");
}

TEST(GrowthTextTest, GrowingHasARate) {
  EXPECT_EQ(GrowthText(AMaker(Growth::kGrowing)),
            "growing, 1.5 a round: threads maker=app::Open\n"
            "  at app/log.cc:17\n"
            "  7 left behind in 5 rounds, first by Log.Writes");
}

TEST(GrowthTextTest, NowAndThenSaysInHowManyRounds) {
  MakerGrowth maker = AMaker(Growth::kNowAndThen);
  maker.left = maker.left_in = 2;
  maker.place = "";
  EXPECT_EQ(GrowthText(maker),
            "now and then, in 2 of 5 rounds: threads maker=app::Open\n"
            "  2 left behind, first by Log.Writes: it depends on what is not "
            "the same in each round");
}

TEST(GrowthTextTest, GoneLateSaysHowMany) {
  MakerGrowth maker = AMaker(Growth::kGoneLate);
  maker.released = 6;
  EXPECT_EQ(GrowthText(maker),
            "gone late: threads maker=app::Open\n"
            "  at app/log.cc:17\n"
            "  7 left behind in 5 rounds, first by Log.Writes; 6 of them have "
            "gone since");
}

}  // namespace
}  // namespace leaktrap::internal
