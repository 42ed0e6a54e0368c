// What pools lend, keep, and get back.

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"
#include "leaktrap/report/json_for_test.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using internal::Json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ChildResult RunPools(const std::string& filter,
                     std::vector<std::string> args = {}) {
  ChildOptions options;
  options.args = std::move(args);
  options.args.push_back("--gtest_filter=" + filter);
  return RunChild("testing/leaktrap/children/pools_child", options);
}

TEST(PoolsTest, WhatIsGivenBackDirtyFailsItsTest) {
  const ChildResult child = RunPools("Dirty.*");
  EXPECT_THAT(
      child,
      TestFailed(
          "Dirty.GivenBack",
          ElementsAre(AllOf(
              HasSubstr("Dirty.GivenBack gave back 1 connection dirty:\n"
                        "  connection of pool \"db\" to 127.0.0.1:5432, given "
                        "back inside a transaction\n"
                        "    given back at\n"),
              ContainsRegex("\n    checked out at\n.*\n.*Dirty_GivenBack_Test"),
              HasSubstr("to mend it: make it as it was"),
              HasSubstr("ended=proof"), Not(HasSubstr("left behind"))))));
  EXPECT_THAT(child, TestPassed("Dirty.WasNotThisTest"));
  EXPECT_THAT(child, TestPassed("Dirty.GivenBackByARule"));
  EXPECT_THAT(child, TestPassed("Dirty.IsTolerated"));
  EXPECT_THAT(child, Console(HasSubstr("gave back, tolerated: connection of "
                                       "pool \"db\"")));
  EXPECT_THAT(child, TestFailed("Dirty.InAScope"));
  EXPECT_THAT(
      child,
      TestFailed("Dirty.GivenBackTwiceAndOneForgotten",
                 ElementsAre(HasSubstr("left behind 1 connection and gave back "
                                       "2 connections dirty:"))));
  EXPECT_THAT(
      child,
      TestFailed("Dirty.GivenBackToALedger",
                 ElementsAre(HasSubstr("given back with an answer unread"))));
}

TEST(PoolsTest, WithoutTheRecorderDirtIsToldWithoutLines) {
  EXPECT_THAT(RunPools("Dirty.GivenBack", {"--leaktrap_record=off"}),
              TestFailed("Dirty.GivenBack",
                         ElementsAre(AllOf(HasSubstr("inside a transaction"),
                                           Not(HasSubstr(" at\n"))))));
}

TEST(PoolsTest, ARuleMayNameTheDirt) {
  const std::string rules = testing::TempDir() + "dirt.rules";
  const auto run = [&](const std::string& dirt) {
    std::ofstream(rules) << "connections name=db* dirt=" << dirt
                         << " count=1 reason=known\n";
    return RunPools("Dirty.GivenBack", {"--leaktrap_rules=" + rules});
  };
  EXPECT_THAT(run("*transaction"), AllPassed());
  EXPECT_THAT(run("*lock"), TestFailed("Dirty.GivenBack"));
}

TEST(PoolsTest, DirtIsOnlyReportedWhereConnectionsAre) {
  const ChildResult child =
      RunPools("Dirty.GivenBack", {"--leaktrap_mode=connections:report"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(HasSubstr("only reporting: Dirty.GivenBack gave "
                                       "back 1 connection dirty")));
}

TEST(PoolsTest, WhatServesAnIdleConnectionIsThePools) {
  EXPECT_THAT(RunPools("Idle.*"), AllPassed());
  EXPECT_THAT(RunPools("Idle.ThreadThatReadsFromIt",
                       {"--leaktrap_disable_rules=pool_threads"}),
              TestFailed("Idle.ThreadThatReadsFromIt"));
}

TEST(PoolsTest, WhatOnlyUsedAPoolIsNot) {
  const ChildResult child = RunPools("NotIdle.*");
  EXPECT_THAT(child,
              TestFailed("NotIdle.ThreadThatOpenedAConnectionAndWaitsForever",
                         ElementsAre(HasSubstr("left behind 1 thread:"))));
  EXPECT_THAT(child,
              TestFailed("NotIdle.WhatAnEventLoopThatServesAPoolLeavesOpen",
                         ElementsAre(HasSubstr("left behind 1 descriptor:"))));
  EXPECT_THAT(child,
              TestFailed("NotIdle.ThreadThatReadsFromALeasedOne",
                         ElementsAre(HasSubstr("left behind 1 thread, 2 "
                                               "descriptors, 1 connection:"))));
}

TEST(PoolsTest, HandlesArePartOfThePoolsThatAreMadeOfThem) {
  const ChildResult child = RunPools("Handle.*");
  EXPECT_THAT(child, TestPassed("Handle.OfAnIdleConnection"));
  EXPECT_THAT(
      child,
      TestFailed("Handle.OfALeasedConnection",
                 ElementsAre(AllOf(
                     HasSubstr("left behind 1 descriptor, 1 connection:\n  "
                               "connection of pool \"http\" to 127.0.0.1:84, "
                               "lease 1, on descriptor"),
                     HasSubstr("what goes with it:"),
                     Not(HasSubstr("\n  descriptor"))))));
  EXPECT_THAT(child,
              TestFailed("Handle.OfNoPool",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 1 connection:\n  "
                                       "connection of pool \"library\" to "
                                       "127.0.0.1:84, lease 3, on descriptors"),
                             HasSubstr("to release it: handle_free(3)")))));
}

// Then nobody tells of the handle that they stand under.
TEST(PoolsTest, AHandlesDescriptorsAreToldWhereConnectionsAreNot) {
  EXPECT_THAT(RunPools("Handle.OfNoPool", {"--leaktrap_mode=connections:off"}),
              TestFailed("Handle.OfNoPool",
                         ElementsAre(HasSubstr("left behind 3 descriptors:"))));
}

TEST(PoolsTest, AConnectionThatComesBackLateIsNotedWithHowLate) {
  const ChildResult child = RunPools("Late.*");
  EXPECT_THAT(child, TestFailed("Late.LosesAConnection"));
  EXPECT_THAT(child, TestPassed("Late.GivesItBack"));
  EXPECT_THAT(child, Console(ContainsRegex(
                         "Late.GivesItBack saw these released late:\n  "
                         "connection of pool \"late\" to 127.0.0.1:5433, "
                         "lease 1, left behind by Late.LosesAConnection, "
                         "gone within [0-9.]+[mun]?s of that\n")));
  EXPECT_THAT(child,
              TestFailed("Late.PoolDiesFirst",
                         ElementsAre(AllOf(HasSubstr("its pool is gone"),
                                           HasSubstr("checked out at")))));
}

TEST(PoolsTest, APoolThatGrewIsNoted) {
  const ChildResult child = RunPools("Idle.*");
  EXPECT_THAT(child, Console(HasSubstr(
                         "Leaktrap: pool \"http\" was left with 3 more idle "
                         "connections: 1 since Idle.ThreadThatReadsFromIt, ")));
}

using PoolsJsonTest = internal::JsonChildTest;

TEST_F(PoolsJsonTest, Dirt) {
  Run("pools_child", "Dirty.GivenBack");
  const Json leak = Test("Dirty.GivenBack")["leaks"][0];
  EXPECT_EQ(leak["kind"].string(), "connection");
  EXPECT_EQ(leak["dirt"].string(), "inside a transaction");
  EXPECT_EQ(leak["origin"]["call"].string(), "checkout");
  EXPECT_TRUE(leak["checked_out"].Has("stack"));
  EXPECT_FALSE(Test("Dirty.GivenBack")["alive"].Has("connections"));
}

TEST_F(PoolsJsonTest, GrownPools) {
  Run("pools_child", "Idle.*");
  const Json test = Test("Idle.ThreadThatThePoolNamesAndWhatThatMade");
  EXPECT_EQ(test["verdict"].string(), "clean");
  EXPECT_EQ(test["grown_pools"][0]["pool"].string(), "http");
  EXPECT_EQ(test["grown_pools"][0]["by"].integer(), 1);
  EXPECT_EQ(test["grown_pools"][0]["idle"].integer(), 3);
}

TEST_F(PoolsJsonTest, LateReleases) {
  Run("pools_child", "Late.*");
  EXPECT_GT(Test("Late.GivesItBack")["late_releases"][0]["within_ns"].integer(),
            0);
}

}  // namespace
}  // namespace leaktrap
