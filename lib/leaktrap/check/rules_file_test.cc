#include "leaktrap/check/rules_file.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Errors(const std::string& text) {
  const RulesFile file = ParseRules("rules.txt", text);
  EXPECT_EQ(file.rules.empty(), true);
  return file.errors;
}

FileRule TheRule(const std::string& line) {
  const RulesFile file = ParseRules("rules.txt", line);
  EXPECT_THAT(file.errors, IsEmpty()) << line;
  EXPECT_THAT(file.rules, SizeIs(1)) << line;
  return file.rules.empty() ? FileRule() : file.rules[0];
}

TEST(RulesFileTest, ARuleOfEachSort) {
  const RulesFile file = ParseRules(
      "rules.txt",
      "# of the whole suite\n"
      "\n"
      "threads     name=log-flush*  reason=lives as long as main\n"
      "  descriptors name=/var/log/* count=2 test=Log.*  reason=one each \r\n"
      "any made_by=*Cache::Load test=Old.* count=3 reason=a # in it\n"
      "threads stack=*Loop::Run # every loop\n"
      "  \t# nothing\n"
      "others name=lock reason=x");
  ASSERT_THAT(file.errors,
              ElementsAre("rules.txt:6:26: the reason is missing; say why, as "
                          "in reason=lives as long as main"));
}

TEST(RulesFileTest, WhatARuleSays) {
  FileRule rule = TheRule("threads name=log-flush* reason=lives as long");
  EXPECT_EQ(rule.kind, Kind::kThread);
  EXPECT_EQ(rule.by, FileRule::By::kName);
  EXPECT_EQ(rule.glob, "log-flush*");
  EXPECT_EQ(rule.test_glob, "*");
  EXPECT_EQ(rule.count, std::nullopt);
  EXPECT_EQ(rule.reason, "lives as long");
  EXPECT_EQ(rule.line, 1);

  rule =
      TheRule("\n\nany count=3 test=Old.* made_by=*Cache::Load reason=a # b\r");
  EXPECT_EQ(rule.kind, std::nullopt);
  EXPECT_EQ(rule.by, FileRule::By::kCreator);
  EXPECT_EQ(rule.glob, "*Cache::Load");
  EXPECT_EQ(rule.test_glob, "Old.*");
  EXPECT_EQ(rule.count, 3);
  EXPECT_EQ(rule.reason, "a # b");
  EXPECT_EQ(rule.line, 3);

  rule = TheRule(R"(threads stack="a \"b\" \\c" reason=x)");
  EXPECT_EQ(rule.by, FileRule::By::kStack);
  EXPECT_EQ(rule.glob, R"(a "b" \c)");
}

TEST(RulesFileTest, SaysWhereAndWhatToWrite) {
  EXPECT_THAT(
      Errors("thraed name=x reason=y"),
      ElementsAre("rules.txt:1:1: \"thraed\" is no kind; write threads, "
                  "descriptors, connections, processes, others or any"));
  EXPECT_THAT(
      Errors("threads\nthreads name=x reason=y\n  any nmae=x reason=y"),
      ElementsAre(
          "rules.txt:1:8: name=, maker=, made_by= or stack= is missing; "
          "name=* is every one",
          "rules.txt:3:7: \"nmae=\" is not known; write name=, "
          "maker=, made_by=, stack=, dirt=, test=, count= or reason="));
  EXPECT_THAT(Errors("any x reason=y"),
              ElementsAre("rules.txt:1:5: \"x\" has no value; write KEY=VALUE "
                          "with name=, maker=, made_by=, stack=, dirt=, "
                          "test=, count= or reason="));
  EXPECT_THAT(Errors("any name=x name=y reason=z"),
              ElementsAre("rules.txt:1:12: name= stands here twice"));
  EXPECT_THAT(
      Errors("any name=x made_by=y reason=z"),
      ElementsAre("rules.txt:1:12: a rule has one of name=, maker=, made_by= "
                  "and stack="));
  EXPECT_THAT(Errors("descriptors stack=x reason=z"),
              ElementsAre("rules.txt:1:13: stack= is where a thread is now; it "
                          "fits threads only"));
  EXPECT_THAT(Errors("any name= reason=z"),
              ElementsAre("rules.txt:1:10: name= is empty"));
  EXPECT_THAT(Errors("any n\x01=\"\" reason=z"),
              ElementsAre("rules.txt:1:8: n\\x01= is empty"));
  EXPECT_THAT(
      Errors("any name=x reason= "),
      ElementsAre("rules.txt:1:12: the reason is missing; say why, as in "
                  "reason=lives as long as main"));
  EXPECT_THAT(Errors("any name=\"x reason=y"),
              ElementsAre("rules.txt:1:10: this quote is not closed"));
  EXPECT_THAT(Errors("any name=\"x\"y reason=y"),
              ElementsAre("rules.txt:1:13: a space must follow the closing "
                          "quote"));
  for (const char* count : {"0", "-1", "+2", "x", "1x", "99999999999"}) {
    EXPECT_THAT(Errors(std::string("any name=x count=") + count + " reason=y"),
                ElementsAre(std::string("rules.txt:1:18: \"") + count +
                            "\" is no count; write a number from 1 on"));
  }
}

// It would be lost in the reason, which has the rest of the line.
TEST(RulesFileTest, WhatStandsInAReasonIsNoKey) {
  EXPECT_THAT(Errors("any name=x reason=known count=1"),
              ElementsAre("rules.txt:1:25: reason= stands last, and takes the "
                          "rest of the line; put count= before it"));
  EXPECT_THAT(Errors("any name=x reason=test=A"),
              ElementsAre(testing::HasSubstr("put test= before it")));
  EXPECT_EQ(TheRule("any name=x reason=it must recount=1").reason,
            "it must recount=1");
}

TEST(RulesFileTest, KnownLeaksStandThereOnce) {
  EXPECT_THAT(
      Errors("threads name=x count=1 reason=y\n"
             "threads name=x test=A reason=y\n"
             "threads name=x test=A reason=y\n"
             "threads count=5 name=x reason=z\n"),
      ElementsAre("rules.txt:4:1: the same rule stands in line 1; make one of "
                  "them, with one count"));
}

TEST(RulesFileTest, AByteOrderMarkIsNone) {
  EXPECT_EQ(TheRule("\xef\xbb\xbfthreads name=x reason=y").glob, "x");
}

// Patterns are matched by functions that would end there.
TEST(RulesFileTest, ANulByteIsRefused) {
  EXPECT_THAT(Errors(std::string("any name=a\0b reason=y", 21)),
              ElementsAre("rules.txt:1:11: a NUL byte stands here; take it "
                          "out"));
}

TEST(RulesFileTest, ALineIsReadAsItIsWritten) {
  for (const char* line :
       {"threads name=log-flush* reason=lives as long as main",
        "any made_by=*Cache::Load test=Old.* count=3 reason=a # \"b\" \\",
        "connections maker=app::Get dirt=inside* reason=x",
        R"(threads stack="a \"b\" \\c" test="A B" reason=x)",
        "any name=\"a\vb\" test=\"\f\" reason=other spaces are some, too"}) {
    EXPECT_EQ(RuleLine(TheRule(line)), line);
  }
}

}  // namespace
}  // namespace leaktrap::internal
