#include "leaktrap/check/rules_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/check/ratchet.h"
#include "leaktrap/check/rules_file.h"

namespace leaktrap::internal {
namespace {

RuleChange Change(const std::string& line, int found) {
  const RulesFile file = ParseRules("rules", line);
  if (file.rules.size() != 1) ADD_FAILURE() << line;
  return {file.rules.front(), "", found};
}

RuleChange New(const std::string& maker, const std::string& test, int found) {
  RuleChange change;
  change.rule.kind = Kind::kThread;
  change.rule.by = FileRule::By::kCreator;
  change.rule.glob = maker;
  change.rule.test_glob = test;
  change.found = found;
  return change;
}

constexpr char kText[] =
    "# a comment\n"
    "threads name=a count=1 reason=one  # of the reason\n"
    "\n"
    "any made_by=f reason=never counted\n"
    "  threads   name=b  count=2  test=T.b  reason=two\n";

TEST(RulesTextTest, WhatDoesNotChangeStaysToTheLetter) {
  const RulesTextChange change = ChangeRules(kText, {});
  EXPECT_EQ(change.text, kText);
  EXPECT_EQ(change.added + change.raised + change.lowered + change.taken_out,
            0);
}

TEST(RulesTextTest, TakesOutLowersAndRaises) {
  const RulesTextChange change = ChangeRules(
      kText, {Change("threads name=a count=1 reason=x", 0),
              Change("threads name=b test=T.b count=2 reason=x", 3)});
  EXPECT_EQ(change.text,
            "# a comment\n"
            "\n"
            "any made_by=f reason=never counted\n"
            "threads name=b test=T.b count=3 reason=two\n");
  EXPECT_EQ(change.taken_out, 1);
  EXPECT_EQ(change.raised, 1);
  EXPECT_EQ(ChangeRules(change.text,
                        {Change("threads name=b test=T.b count=3 reason=x", 1)})
                .lowered,
            1);
}

// A rule without a count is no known leak, whatever it matches.
TEST(RulesTextTest, RulesWithoutACountStay) {
  EXPECT_EQ(
      ChangeRules(kText, {Change("any made_by=f count=1 reason=x", 0)}).text,
      kText);
}

TEST(RulesTextTest, TheSameRulesMakeTheSameTextInAnyOrder) {
  std::vector<RuleChange> changes = {New("f", "T.a", 1), New("f", "T.b", 2),
                                     New("g", "T.b", 1), New("f", "A.a", 1)};
  std::vector<int> order = {0, 1, 2, 3};
  std::string expected;
  do {
    std::string text;
    for (int i : order) text = ChangeRules(text, {changes[i]}).text;
    if (expected.empty()) expected = ChangeRules("", changes).text;
    EXPECT_EQ(text, expected);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(expected.substr(expected.find("threads")),
            "threads made_by=f test=A.a count=1 reason=known, not looked into "
            "yet\n"
            "threads made_by=f test=T.a count=1 reason=known, not looked into "
            "yet\n"
            "threads made_by=f test=T.b count=2 reason=known, not looked into "
            "yet\n"
            "threads made_by=g test=T.b count=1 reason=known, not looked into "
            "yet\n");
}

// Written by one shard while another had read it without.
TEST(RulesTextTest, ARuleThatIsThereByNowIsNotAddedTwice) {
  const std::string once = ChangeRules("", {New("f", "T.a", 1)}).text;
  EXPECT_EQ(ChangeRules(once, {New("f", "T.a", 1)}).text, once);
}

// Anywhere else it would be an error.
TEST(RulesTextTest, AByteOrderMarkStaysInFront) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string text = "threads name=b count=1 test=T.b reason=r\n";
  EXPECT_EQ(ChangeRules(mark + text, {}).text, mark + text);
  const std::string changed =
      ChangeRules(mark + text, {New("f", "A.a", 1)}).text;
  EXPECT_EQ(changed.find(mark + "threads made_by=f"), 0) << changed;
  EXPECT_EQ(changed.rfind(mark), 0) << changed;
  EXPECT_EQ(ParseRules("rules", changed).rules.size(), 2);
}

TEST(RulesTextTest, ALastLineWithoutItsEndIsALine) {
  EXPECT_EQ(ChangeRules("threads name=a count=2 reason=b",
                        {Change("threads name=a count=2 reason=b", 1)})
                .text,
            "threads name=a count=1 reason=b\n");
}

}  // namespace
}  // namespace leaktrap::internal
