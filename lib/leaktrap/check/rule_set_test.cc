#include "leaktrap/check/rule_set.h"

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
  EXPECT_THAT(set.absolute_path, testing::StartsWith("/"));
  EXPECT_THAT(ProblemOf(set), HasSubstr("there is no file of rules "
                                        "no/such.rules; make it"));
}

TEST(RuleSetTest, OneThatCannotBeReadIsAnError) {
  std::vector<std::string> errors;
  ReadRuleSet("/", &errors);
  EXPECT_THAT(
      errors,
      ElementsAre(HasSubstr("the file of rules / cannot be read: Is a")));
}

TEST(RuleSetTest, RuleFilesAddUpAndOneTwiceIsOne) {
  const std::string path = testing::TempDir() + "/one.rules";
  std::ofstream(path) << "threads name=a reason=r\n";
  std::ofstream(path + "2") << "threads name=b reason=r\n";
  Options options = Options().ReadRules(path);
  options.Append(Options().ReadRules(path + "2").ReadRules(path));
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
