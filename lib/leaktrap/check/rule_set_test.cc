#include "leaktrap/check/rule_set.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(RuleSetTest, SaysOfEachRuleWhereItStands) {
  const std::string path = testing::TempDir() + "/set.rules";
  std::ofstream(path) << "# ours\nthreads name=a reason=r\n";
  std::vector<std::string> errors;
  const RuleSet set = ReadRuleSet(path, &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(ProblemOf(set), "");
  ASSERT_THAT(set.rules, SizeIs(1));
  EXPECT_EQ(set.rules[0].where, path + ":2");
  EXPECT_EQ(set.rules[0].use->rule, path + ":2: threads name=a reason=r");
}

TEST(RuleSetTest, OneThatIsMissingIsAProblemUnlessItIsToBeWritten) {
  std::vector<std::string> errors;
  const RuleSet set = ReadRuleSet("no/such.rules", &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_TRUE(set.is_missing);
  EXPECT_THAT(set.real_path, testing::StartsWith("/"));
  EXPECT_THAT(ProblemOf(set), HasSubstr("there is no file of rules "
                                        "no/such.rules; make it"));
}

TEST(RuleSetTest, OneThatCannotBeReadIsAnError) {
  std::vector<std::string> errors;
  ReadRuleSet("/", &errors);
  EXPECT_THAT(errors, ElementsAre(HasSubstr(
                          "the file of rules / cannot be read: it is no "
                          "regular file")));
  const std::string fifo = testing::TempDir() + "/fifo.rules";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);  // opening it would wait for ever
  errors.clear();
  ReadRuleSet(fifo, &errors);
  ReadRuleSet("/dev/zero", &errors);
  EXPECT_THAT(errors, SizeIs(2));
  unlink(fifo.c_str());
}

TEST(RuleSetTest, RuleFilesAddUpAndOneTwiceIsOne) {
  const std::string path = testing::TempDir() + "/one.rules";
  std::ofstream(path) << "threads name=a reason=r\n";
  std::ofstream(path + "2") << "threads name=b reason=r\n";
  const std::string link = path + ".link";
  unlink(link.c_str());
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  Options options = Options().ReadRules(path);
  options.Append(Options()
                     .ReadRules(path + "2")
                     .ReadRules(link)
                     .ReadRules(testing::TempDir() + "/./one.rules"));
  EXPECT_THAT(options.rule_sets(), SizeIs(2));
  EXPECT_THAT(options.RuleUses(), SizeIs(2));
}

TEST(RuleSetTest, OnlyRulesThatAreThereCanBeDisabled) {
  Options options;
  EXPECT_THAT(options.DisableRule("no_such").errors(),
              ElementsAre(HasSubstr("\"no_such\" is no rule that Leaktrap "
                                    "brings; there are c_library_threads, ")));
  options = Options().DisableRule("same_maker");
  EXPECT_TRUE(options.is_disabled("same_maker"));
  options.Append(Options().DisableRule("same_maker", false));
  EXPECT_FALSE(options.is_disabled("same_maker"));
}

}  // namespace
}  // namespace leaktrap::internal
