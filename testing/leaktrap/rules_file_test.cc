// A file of rules: what it knows does not fail, what is more does, what is gone
// asks to be taken out; and it is the same file however the tests are run.

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/rules_file_for_test.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string Without(const std::string& line, std::string text) {
  const size_t begin = text.find(line);
  if (begin == text.npos) {
    ADD_FAILURE() << "no line " << line;
    return text;
  }
  return text.erase(begin, text.find('\n', begin) + 1 - begin);
}

std::string Replaced(const std::string& from, const std::string& to,
                     std::string text) {
  const size_t begin = text.find(from);
  if (begin == text.npos) {
    ADD_FAILURE() << "no text " << from;
    return text;
  }
  return text.replace(begin, from.size(), to);
}

TEST_F(RulesFileTest, ANewFileIsFilledAndThenKnowsAll) {
  const ChildResult first = Run({"--leaktrap_update_rules"});
  EXPECT_THAT(first, AllPassed());
  EXPECT_THAT(first, Console(HasSubstr(": 13 rules added")));
  EXPECT_EQ(Text(), kAll);
  EXPECT_THAT(Folder(), ElementsAre("old.rules"));
  const ChildResult second = Run({});
  EXPECT_THAT(second, AllPassed());
  // A known leak is printed all the same.
  EXPECT_THAT(second, Console(HasSubstr("Worker.Starts left behind, tolerated: "
                                        "thread ")));
  EXPECT_THAT(second, Console(HasSubstr("(known, " + path() +
                                        ":14: known, not looked into yet)")));
  EXPECT_THAT(second, Console(HasSubstr(", 0 leaks, 17 tolerated, 0 unused "
                                        "rules, ")));
  EXPECT_THAT(second, Console(Not(HasSubstr("more leaks than there are"))));
  EXPECT_EQ(Text(), kAll);
}

TEST_F(RulesFileTest, ARuleIsAboutItsKindAlone) {
  for (const char* rule :
       {"threads name=* reason=r\n", "threads name=* count=9 reason=r\n"}) {
    Write(rule);
    EXPECT_THAT(
        Run({"--gtest_filter=Spool.Opens"}),
        TestFailed("Spool.Opens",
                   ElementsAre(HasSubstr("left behind 2 descriptors"))));
  }
}

TEST_F(RulesFileTest, WhatIsMoreFailsAndIsNotLearntUnlessAsked) {
  Write(kAll);
  for (const char* update :
       {"--leaktrap_mode=fail", "--leaktrap_update_rules"}) {
    const ChildResult child = Run({update}, {{"GROWN", "1"}});
    EXPECT_THAT(child, ExitedWith(1));
    EXPECT_THAT(child, TestPassed("Worker.Starts"));
    EXPECT_THAT(child, TestFailed("Spool.IsClean",
                                  ElementsAre(HasSubstr("1 descriptor"))));
    // Nobody can tell which of the three are the two known ones.
    EXPECT_THAT(
        child,
        TestFailed("Worker.StartsTwo",
                   ElementsAre(AllOf(
                       HasSubstr("3 threads"),
                       HasSubstr(path() + ":15 knows 2 of these here, and "
                                          "there are 3")))));
    EXPECT_EQ(Text(), kAll);
  }
  const ChildResult grown =
      Run({"--leaktrap_update_rules=grow"}, {{"GROWN", "1"}});
  EXPECT_THAT(grown, AllPassed());
  EXPECT_THAT(grown, Console(HasSubstr(": 1 rule added, 1 rule raised")));
  EXPECT_EQ(
      Text(),
      Replaced("descriptors maker=old::OpenSpool test=Spool.Opens ",
               "descriptors maker=old::OpenLog test=Spool.IsClean count=1 "
               "reason=known, not looked into yet\n"
               "descriptors maker=old::OpenSpool test=Spool.Opens ",
               Replaced("StartsTwo count=2", "StartsTwo count=3", kAll)));
}

TEST_F(RulesFileTest, WhatIsGoneAsksToBeTakenOut) {
  Write(kAll);
  const ChildResult told = Run({}, {{"MENDED", "1"}});
  EXPECT_THAT(told, AllPassed());
  EXPECT_THAT(
      told, Console(AllOf(HasSubstr("2 rules know more leaks than there are"),
                          HasSubstr("test=Spool.OpensAndLogs reason=known, not "
                                    "looked into yet: only 1 of 2\n"),
                          HasSubstr("test=Worker.Starts reason=known, not "
                                    "looked into yet: gone\n"))));
  EXPECT_EQ(Text(), kAll);
  const ChildResult strict = Run({"--leaktrap_strict"}, {{"MENDED", "1"}});
  EXPECT_THAT(strict, ExitedWith(1));
  EXPECT_THAT(strict, FailuresOutsideTests(
                          ElementsAre(HasSubstr("2 rules know more leaks"))));

  const ChildResult updated =
      Run({"--leaktrap_update_rules"}, {{"MENDED", "1"}});
  EXPECT_THAT(updated, AllPassed());
  EXPECT_THAT(updated,
              Console(HasSubstr(": 1 rule lowered, 1 rule taken out")));
  EXPECT_EQ(
      Text(),
      Without("threads maker=old::StartWorker test=Worker.Starts ",
              Replaced("OpensAndLogs count=2", "OpensAndLogs count=1", kAll)));
}

// A rule is for what its function makes itself.
TEST_F(RulesFileTest, WhatAnotherFunctionMakesIsNotKnown) {
  Write(kAll);
  for (const char* update :
       {"--leaktrap_mode=fail", "--leaktrap_update_rules"}) {
    EXPECT_THAT(Run({update}, {{"MOVED", "1"}}),
                AllOf(ExitedWith(1),
                      TestFailed("Nested.Opens",
                                 ElementsAre(HasSubstr("2 descriptors")))));
  }
  EXPECT_EQ(Text(),
            Without("descriptors maker=old::Nested_Opens_Test::", kAll));
}

TEST_F(RulesFileTest, WhatEndsLateIsTakenOut) {
  const std::string rule = "threads name=* test=Late.Ends count=1 reason=r\n";
  Write(kAll + rule);
  EXPECT_THAT(Run({"--leaktrap_update_rules"}), AllPassed());
  EXPECT_EQ(Text(), kAll);
}

TEST_F(RulesFileTest, TestsThatAreNoMoreHaveNoRules) {
  const std::string rule = "threads name=* test=No.Such count=1 reason=r\n";
  Write(kAll + rule);
  EXPECT_THAT(Run({"--leaktrap_update_rules", "--gtest_filter=Spool.*"}),
              AllPassed());
  EXPECT_EQ(Text(), kAll + rule);
  EXPECT_THAT(Run({"--leaktrap_strict"}), ExitedWith(1));
  EXPECT_THAT(Run({"--leaktrap_update_rules"}), AllPassed());
  EXPECT_EQ(Text(), kAll);
}

// It may come to its leak another time.
TEST_F(RulesFileTest, NothingIsGoneWithATestThatDidNotRunToItsEnd) {
  Write(kAll);
  for (const Environment& env :
       {Environment{{"SKIPPED", "1"}}, Environment{{"FAILED", "1"}}}) {
    const ChildResult child = Run({"--leaktrap_update_rules"}, env);
    EXPECT_THAT(child, Console(HasSubstr(": nothing to change")));
    EXPECT_EQ(Text(), kAll);
  }
  EXPECT_THAT(Run({"--leaktrap_update_rules", "--gtest_filter=Spool.IsClean"}),
              AllPassed());
  EXPECT_THAT(Run({"--leaktrap_update_rules", "--leaktrap_mode=off"}),
              AllPassed());
  EXPECT_EQ(Text(), kAll);
  const std::string all = kAll + std::string(
                                     "threads name=* test=T* count=1 "
                                     "reason=r\n");
  Write(all);
  Run({"--leaktrap_update_rules", "--leaktrap_scopes=suite"});
  EXPECT_EQ(Text(), all);
}

TEST_F(RulesFileTest, WhatAPersonWroteStays) {
  Write(
      "# ours\n"
      "descriptors name=/dev/null reason=always open\n"
      "\n"
      "any made_by=old::Start* count=2 reason=the old workers\n"
      "descriptors maker=\"old::OpenSpool\" test=Spool.* count=3 "
      "reason=soon\n");
  const ChildResult child = Run({"--leaktrap_update_rules=grow"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_EQ(
      Text(),
      "# ours\n"
      "descriptors name=/dev/null reason=always open\n"
      "\n"
      "any made_by=old::Start* count=2 reason=the old workers\n"
      "descriptors maker=old::OpenSpool test=Few/Numbered.Opens/1 count=1 "
      "reason=known, not looked into yet\n"
      "descriptors maker=old::OpenSpool test=Few/Numbered.Opens/2 count=2 "
      "reason=known, not looked into yet\n"
      "descriptors maker=old::OpenSpool test=Spool.* count=2 "
      "reason=soon\n");
}

// --- However the tests are run -------------------------------------------

TEST_F(RulesFileTest, EveryShuffleMakesTheSameFile) {
  for (int seed = 1; seed <= 20; ++seed) {
    std::filesystem::remove(path());
    const std::string random = "--gtest_random_seed=" + std::to_string(seed);
    ASSERT_THAT(Run({"--leaktrap_update_rules", "--gtest_shuffle", random}),
                AllPassed());
    ASSERT_EQ(Text(), kAll) << random;
    if (seed % 5 != 0) continue;
    ASSERT_THAT(Run({"--gtest_shuffle", random, "--leaktrap_strict"}),
                AllPassed());
  }
}

TEST_F(RulesFileTest, RepeatsMakeTheSameFile) {
  EXPECT_THAT(
      Run({"--leaktrap_update_rules", "--gtest_repeat=3"}, {}, /*xml=*/false),
      ExitedWith(0));
  EXPECT_EQ(Text(), kAll);
  EXPECT_THAT(Run({"--leaktrap_strict", "--gtest_repeat=3"}, {}, /*xml=*/false),
              ExitedWith(0));
  EXPECT_THAT(Run({"--leaktrap_update_rules", "--gtest_repeat=3"},
                  {{"MENDED", "1"}}, /*xml=*/false),
              ExitedWith(0));
  EXPECT_THAT(Text(), Not(HasSubstr("test=Worker.Starts ")));
}

class ShardedRulesFileTest : public RulesFileTest {
 protected:
  static constexpr int kShards = 8;

  // All of them at once, as a build does it.
  std::vector<ChildResult> RunShards(const std::vector<std::string>& args,
                                     const Environment& more = {}) const {
    std::vector<ChildResult> results(kShards);
    std::vector<std::thread> runs;
    for (int shard = 0; shard < kShards; ++shard) {
      Environment env = more;
      env["GTEST_TOTAL_SHARDS"] = std::to_string(kShards);
      env["GTEST_SHARD_INDEX"] = std::to_string(shard);
      runs.emplace_back([&results, this, args, shard, env] {
        results[shard] = Run(args, env);
      });
    }
    for (std::thread& run : runs) run.join();
    return results;
  }
};

TEST_F(ShardedRulesFileTest, MakeTheSameFile) {
  for (const ChildResult& shard : RunShards({"--leaktrap_update_rules=grow"})) {
    EXPECT_THAT(shard, AllPassed());
  }
  EXPECT_EQ(Text(), kAll);
  EXPECT_THAT(Folder(), ElementsAre("old.rules"));
  for (const ChildResult& shard : RunShards({"--leaktrap_strict"})) {
    EXPECT_THAT(shard, AllPassed());
  }
  for (const ChildResult& shard :
       RunShards({"--leaktrap_update_rules"}, {{"MENDED", "1"}})) {
    EXPECT_THAT(shard, AllPassed());
  }
  EXPECT_EQ(
      Text(),
      Without("threads maker=old::StartWorker test=Worker.Starts ",
              Replaced("OpensAndLogs count=2", "OpensAndLogs count=1", kAll)));
}

TEST_F(ShardedRulesFileTest, DoNotGuessWhetherTheFileIsNew) {
  for (const ChildResult& shard : RunShards({"--leaktrap_update_rules"})) {
    EXPECT_THAT(shard, ExitedWith(1));
    EXPECT_THAT(shard, Console(HasSubstr("--leaktrap_update_rules=grow")));
  }
  EXPECT_THAT(Folder(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap
