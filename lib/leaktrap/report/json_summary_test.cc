// The last entry of a JSON report.

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/report/json_for_test.h"
#include "leaktrap/report/json_report.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;

TEST(JsonSummaryTest, MakersOfSeveralRounds) {
  MakerGrowth maker;
  maker.signature = "threads maker=app::Open";
  maker.place = "app/log.cc:17";
  maker.owner = "Log.Writes";
  maker.growth = Growth::kGrowing;
  maker.rounds = 3;
  maker.left_in = 3;
  maker.left = 5;
  maker.left_at_first = 2;
  maker.released = 1;
  JsonSummary summary;
  summary.makers = {maker};
  EXPECT_THAT(JsonEntry(summary),
              HasSubstr("\"makers\":[{\"kind\":\"thread\","
                        "\"signature\":\"threads maker=app::Open\","
                        "\"place\":\"app/log.cc:17\",\"growth\":\"growing\","
                        "\"rounds\":3,\"left_in\":3,\"left\":5,"
                        "\"per_round\":1.5,\"released_late\":1,"
                        "\"first_left_by\":\"Log.Writes\"}]"));
}

TEST(JsonSummaryTest, FieldByField) {
  JsonSummary summary;
  summary.tests = 12;
  summary.not_checked = 8;
  summary.leaks = 3;
  summary.tolerated = 2;
  summary.exceeded = 1;
  summary.unmet = 6;
  summary.waited = std::chrono::milliseconds(5);
  summary.waited_in_vain = std::chrono::milliseconds(4);
  summary.took = std::chrono::milliseconds(7);
  summary.unused_rules = {"IgnoreThread(\"x\")"};
  EXPECT_EQ(JsonEntry(summary),
            "{\"entry\":\"summary\",\"tests\":12,\"not_checked\":8,\"leaks\":3,"
            "\"tolerated\":2,"
            "\"exceeded\":1,\"unmet\":6,\"waited_ns\":5000000,"
            "\"waited_in_vain_ns\":4000000,\"took_ns\":7000000,"
            "\"all_tests_ran\":false}");
  summary.all_tests_ran = true;
  summary.waits_cut_to = std::chrono::milliseconds(100);
  const Json entry = Json::Parse(JsonEntry(summary));
  EXPECT_EQ(entry["unused_rules"][0].string(), "IgnoreThread(\"x\")");
  EXPECT_EQ(entry["waits_cut_to_ns"].integer(), 100'000'000);
}

}  // namespace
}  // namespace leaktrap::internal
