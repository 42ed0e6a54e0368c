// What tests say of themselves, as a user sees it: console, XML and JSON.

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::AllPassed;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::TestFailed;
using child::TestPassed;
using child::TestSkipped;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kSource[] = "testing/leaktrap/children/allow_child.cc";

// "allow_child.cc:12": where `text` stands in the child.
std::string PlaceOf(const std::string& text) {
  std::ifstream file(kSource);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find(text) != line.npos) {
      return std::string(kSource) + ":" + std::to_string(number);
    }
  }
  return "nowhere";
}

class AllowTest : public JsonChildTest {
 protected:
  void RunTests(const std::string& filter, std::vector<std::string> args = {}) {
    Run("allow_child", filter, std::move(args));
  }
};

TEST_F(AllowTest, IsPrintedAndFailsNothing) {
  RunTests("Allow.UpToOne");
  EXPECT_THAT(
      child_,
      AllOf(AllPassed(),
            Console(ContainsRegex("Leaktrap: Allow.UpToOne left behind, "
                                  "tolerated: descriptor [0-9]+: .*"
                                  "\\(the driver's\\)")),
            Console(HasSubstr("1 test checked, 0 leaks, 1 tolerated, "))));
  const Json test = Test("Allow.UpToOne");
  EXPECT_EQ(test["verdict"].string(), "tolerated");
  EXPECT_EQ(test["tolerated"][0]["reason"].string(), "the driver's");
  EXPECT_FALSE(test["tolerated"][0].Has("expected"));
}

TEST_F(AllowTest, WithOneMoreAllAreLeaks) {
  RunTests("Allow.OneMore");
  EXPECT_THAT(
      child_,
      AllOf(ExitedWith(1),
            TestFailed("Allow.OneMore",
                       ElementsAre(AllOf(
                           HasSubstr("left behind 2 descriptors:"),
                           HasSubstr("2 descriptors are more than the 1 that "
                                     "may be left: LEAKTRAP_ALLOW at " +
                                     std::string(kSource)),
                           HasSubstr("(the driver's)"))))));
}

TEST_F(AllowTest, IsForItsKindAndItsScopeAlone) {
  RunTests("Allow.*-Allow.OneMore");
  EXPECT_THAT(child_, TestFailed("Allow.AnotherKind", SizeIs(1)));
  EXPECT_THAT(child_, TestFailed("Allow.IsOverWithItsTest", SizeIs(1)));
  EXPECT_THAT(child_,
              TestFailed("Allow.InABlock",
                         ElementsAre(AllOf(HasSubstr("left behind 1 desc"),
                                           Not(HasSubstr("scope of line"))))));
}

TEST_F(AllowTest, OfFixtureAndTestAddUpAndTheSuiteHasItsOwn) {
  RunTests("InFixture.*");
  EXPECT_THAT(child_, TestPassed("InFixture.AddsUp"));
  EXPECT_THAT(child_, TestFailed("InFixture.ButNotWithTheSuites",
                                 ElementsAre(HasSubstr("left behind 4 desc"))));
  EXPECT_THAT(child_, FailuresOutsideTests(IsEmpty()));
  for (const char* reason :
       {"(of the constructor)", "(of SetUp)", "(of the test)", "(of TearDown)",
        "outside its tests, left behind, tolerated: "}) {
    EXPECT_THAT(child_, Console(HasSubstr(reason)));
  }
}

TEST_F(AllowTest, ThatMatchesNothingIsListedAsARule) {
  RunTests("*");
  const std::string useless =
      "LEAKTRAP_ALLOW(threads, 1, \"of another kind\") at " +
      PlaceOf("of another kind");
  EXPECT_THAT(child_,
              Console(HasSubstr("the rule " + useless + " matched nothing.")));
  EXPECT_THAT(child_, Console(Not(ContainsRegex(
                          "the rule [^\n]*the test's.* matched nothing"))));
}

class ExpectLeakTest : public AllowTest {};

TEST_F(ExpectLeakTest, IsMetByTheLeak) {
  RunTests("Expect.One:Expect.InTheTestAndLeftInABlock");
  EXPECT_THAT(child_,
              AllOf(AllPassed(),
                    Console(ContainsRegex(
                        "Expect.One left behind, as expected: thread [0-9]+ "
                        ".*\\(known\\)"))));
  const Json test = Test("Expect.One");
  EXPECT_EQ(test["verdict"].string(), "tolerated");
  EXPECT_TRUE(test["tolerated"][0]["expected"].boolean());
  EXPECT_EQ(Test("Expect.InTheTestAndLeftInABlock")["verdict"].string(),
            "clean");
}

TEST_F(ExpectLeakTest, FailsWhereItStandsIfThereIsNone) {
  options_.env["GITHUB_ACTIONS"] = "true";
  RunTests("Expect.None");
  EXPECT_THAT(
      child_,
      AllOf(ExitedWith(1),
            TestFailed(
                "Expect.None",
                ElementsAre(AllOf(
                    StartsWith(PlaceOf("once known")),
                    HasSubstr("Leaktrap: Expect.None was expected to leave 1 "
                              "thread (once known), and left none: take the "
                              "LEAKTRAP_EXPECT_LEAK out")))),
            Console(HasSubstr("::error file=" + std::string(kSource))),
            Console(HasSubstr("1 test checked, 0 leaks, 0 tolerated, 1 "
                              "expectation not met, "))));
  const Json test = Test("Expect.None");
  EXPECT_EQ(test["verdict"].string(), "failed");
  EXPECT_THAT(test["unmet"][0]["what"].string(),
              StartsWith("was expected to leave 1 thread"));
  EXPECT_EQ(test["unmet"][0]["file"].string() + ":" +
                std::to_string(test["unmet"][0]["line"].integer()),
            PlaceOf("once known"));
  EXPECT_EQ(Entries("summary").at(0)["unmet"].integer(), 1);
}

TEST_F(ExpectLeakTest, IsNotMetByWhatEndsLate) {
  RunTests("Expect.OneThatEndsLate", {"--leaktrap_linger=60s"});
  EXPECT_THAT(child_, TestFailed("Expect.OneThatEndsLate",
                                 ElementsAre(HasSubstr("and left none"))));
}

TEST_F(ExpectLeakTest, FailsByFewerAndByMore) {
  RunTests("Expect.Fewer:Expect.More");
  EXPECT_THAT(child_,
              TestFailed("Expect.Fewer",
                         ElementsAre(HasSubstr("left only 1: lower the"))));
  EXPECT_THAT(child_,
              TestFailed("Expect.More",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 2 descriptors:"),
                             HasSubstr("more than the 1 that may be left: "
                                       "LEAKTRAP_EXPECT_LEAK at ")))));
}

TEST_F(ExpectLeakTest, FailsInABlockOfItsOwn) {
  RunTests("Expect.NoneInABlock");
  EXPECT_THAT(
      child_,
      TestFailed("Expect.NoneInABlock",
                 ElementsAre(AllOf(HasSubstr("the scope of line"),
                                   HasSubstr("1 descriptor (the block's), and "
                                             "left none")))));
}

TEST_F(ExpectLeakTest, IsSaidToBeUncheckedAfterAnException) {
  RunTests("Expect.InABlockThat*");
  EXPECT_THAT(
      child_,
      AllOf(AllPassed(),
            Console(ContainsRegex(
                "the scope of line [0-9]+, was expected to leave 1 descriptor "
                "\\(the thrower's\\); nobody can say whether it did, since an "
                "exception left the scope, " +
                PlaceOf("the thrower's")))));
  const std::vector<Json> scopes = Entries("scope");
  ASSERT_THAT(scopes, SizeIs(1));
  EXPECT_EQ(scopes[0]["unchecked_expectations"].size(), 1u);
}

TEST_F(ExpectLeakTest, IsOnlyNotedAfterAFailureAndInASkippedTest) {
  RunTests("Expect.NoneAndFails:Expect.NoneAndIsSkipped");
  EXPECT_THAT(child_, TestFailed("Expect.NoneAndFails",
                                 ElementsAre(HasSubstr("the test's own"))));
  EXPECT_THAT(child_, TestSkipped("Expect.NoneAndIsSkipped"));
  for (const char* note :
       {"only a note since the test has failed before: Expect.NoneAndFails was "
        "expected to leave 1 descriptor",
        "only a note since the test was skipped: Expect.NoneAndIsSkipped was "
        "expected to leave 1 descriptor"}) {
    EXPECT_THAT(child_, Console(HasSubstr(note)));
  }
  EXPECT_EQ(Test("Expect.NoneAndFails")["verdict"].string(), "noted");
}

TEST_F(ExpectLeakTest, OfASuiteFailsTheRun) {
  RunTests("ExpectInSuite.*");
  EXPECT_THAT(child_, ExitedWith(1));
  EXPECT_THAT(child_, FailuresOutsideTests(ElementsAre(
                          AllOf(HasSubstr(PlaceOf("1, \"of its suite\");")),
                                HasSubstr("The test suite ExpectInSuite, "
                                          "outside its tests, was expected to "
                                          "leave 1 descriptor")))));
  options_.env["LEAK_IN_SUITE"] = "1";
  RunTests("ExpectInSuite.*");
  EXPECT_THAT(child_, AllPassed());
}

TEST_F(ExpectLeakTest, OfAKindThatIsOffIsSaidToBeUnchecked) {
  RunTests("Expect.None", {"--leaktrap_mode=threads:off"});
  EXPECT_THAT(
      child_,
      AllOf(AllPassed(),
            Console(HasSubstr("Expect.None was expected to leave 1 thread "
                              "(once known); nobody can say whether it did, "
                              "since threads are not looked for (mode off), " +
                              PlaceOf("once known")))));
  const Json test = Test("Expect.None");
  EXPECT_EQ(test["verdict"].string(), "noted");
  EXPECT_EQ(test["unchecked_expectations"].size(), 1u);
}

TEST_F(ExpectLeakTest, OfAKindThatIsOnlyReportedFailsNothing) {
  RunTests("Expect.None", {"--leaktrap_mode=report"});
  EXPECT_THAT(child_, AllOf(AllPassed(),
                            Console(HasSubstr("only reporting: Expect.None "
                                              "was expected to"))));
  EXPECT_EQ(Test("Expect.None")["verdict"].string(), "noted");
}

class MisplacedTest : public AllowTest {};

TEST_F(MisplacedTest, FailsInWordsWhereItStands) {
  RunTests("Wrong.*");
  EXPECT_THAT(child_,
              TestFailed("Wrong.Count",
                         ElementsAre(AllOf(
                             StartsWith(PlaceOf("Kind::kThread, 0,")),
                             HasSubstr("LEAKTRAP_ALLOW(threads, 0, \"why\"): "
                                       "the count is below one")))));
  EXPECT_THAT(child_,
              TestFailed("Wrong.Reason",
                         ElementsAre(HasSubstr(
                             "LEAKTRAP_EXPECT_LEAK(threads, 1, \"\"): the "
                             "reason is empty; say why"))));
  EXPECT_THAT(
      child_,
      TestFailed(
          "Wrong.Thread",
          ElementsAre(HasSubstr("LEAKTRAP_ALLOW stands on another thread"))));
  EXPECT_THAT(child_, AllOf(TestPassed("Wrong.ForkedChild"),
                            Console(HasSubstr("LEAKTRAP_EXPECT_LEAK stands in "
                                              "a forked child"))));
}

TEST_F(MisplacedTest, InMainFailsTheRun) {
  options_.env["ALLOW_IN_MAIN"] = "1";
  RunTests("Allow.UpToOne");
  EXPECT_THAT(child_, ExitedWith(1));
  EXPECT_THAT(child_,
              Console(HasSubstr("LEAKTRAP_ALLOW stands outside of a test, its "
                                "fixture, SetUpTestSuite or a block behind "
                                "VERIFY_NO_LEAKS")));
}

TEST_F(MisplacedTest, IsNoneInTheChildOfADeathTest) {
  RunTests("DeathTest.*");
  EXPECT_THAT(child_, AllPassed());
}

}  // namespace
}  // namespace leaktrap::internal
