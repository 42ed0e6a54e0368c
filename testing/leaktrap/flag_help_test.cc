#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/flag_table.h"

namespace leaktrap::internal {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kChildren[] = "testing/leaktrap/children/";
constexpr char kGoogleTestsLastWord[] = "please report it to";
constexpr char kOurs[] = "\n\nLeaktrap:\n  --leaktrap_";

ChildResult RunNamed(const std::string& name,
                     const std::vector<std::string>& args,
                     const std::map<std::string, std::string>& env = {}) {
  ChildOptions options;
  options.args = args;
  options.env = env;
  return RunChild(kChildren + name, options);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

class HelpTest : public testing::TestWithParam<const char*> {};

// Whichever main the program has, and whether it calls ParseFlags() or not.
TEST_P(HelpTest, ListsEachFlagOnceAfterGoogleTests) {
  const ChildResult child = RunNamed(GetParam(), {"--help"});
  ASSERT_THAT(child, ExitedWith(0));
  const std::string& console = child.console;
  const size_t ours = console.find(kOurs);
  ASSERT_NE(ours, console.npos) << child;
  EXPECT_LT(console.find(kGoogleTestsLastWord), ours);
  EXPECT_EQ(Count(console, kOurs), 1);
  const std::vector<std::string> lines = Lines(console.substr(ours));
  for (const Flag& flag : AllFlags()) {
    EXPECT_THAT(
        lines, Contains(AllOf(
                   StartsWith(std::string("  --leaktrap_") + flag.name),
                   HasSubstr(flag.what), EndsWith(")"),
                   HasSubstr(std::string("(default: ") + flag.default_value))));
  }
  EXPECT_THAT(console, HasSubstr("LEAKTRAP_LINGER=5s"));
  EXPECT_FALSE(child.has_xml);
  EXPECT_THAT(console, AllOf(Not(HasSubstr("Leaktrap checks")),
                             Not(HasSubstr("[ RUN"))));
}

INSTANTIATE_TEST_SUITE_P(
    Mains, HelpTest,
    testing::Values("leaks_child", "gtest_main_first_child",
                    "gtest_main_last_child", "environment_child",
                    "environment_and_auto_child", "scopes_only_child",
                    "ways_child"),
    [](const auto& info) { return std::string(info.param); });

TEST(HelpBesideOthersTest, IsGivenWhateverStandsBesideIt) {
  for (const ChildResult& child :
       {RunNamed("leaks_child", {"--help", "--leaktrap_lingr=5s"}),
        RunNamed("leaks_child", {"--leaktrap_mode=no", "--mine", "--help"}),
        RunNamed("leaks_child", {"--help"}, {{"LEAKTRAP_LINGER", "soon"}})}) {
    EXPECT_THAT(child, AllOf(ExitedWith(0), Console(HasSubstr(kOurs))));
  }
}

TEST(HelpBesideOthersTest, IsNotGivenWhereNobodyAsks) {
  for (const ChildResult& child :
       {RunNamed("leaks_child", {"--gtest_list_tests"}),
        RunNamed("leaks_child", {"--gtest_filter=Clean.*"}),
        RunNamed("leaks_child", {"--gtest_no_such_flag"}),
        RunNamed("leaks_child",
                 {"help", "--helpful", "--gtest_filter=Clean.*"})}) {
    EXPECT_THAT(child, AllOf(ExitedWith(0), Console(Not(HasSubstr(kOurs)))));
  }
}

// Whatever it means to them.
TEST(HelpBesideOthersTest, IsNotGivenWhereTestsRunNorByChildren) {
  const ChildResult child = RunNamed("own_arguments_child", {"--help"});
  EXPECT_THAT(child, AllOf(ExitedWith(0), Console(HasSubstr("[  PASSED  ]")),
                           Console(Not(HasSubstr("--leaktrap_")))));
}

// The comment that users read has them too.
TEST(FlagsHeaderTest, NamesEachFlag) {
  std::ifstream file("testing/leaktrap/flags.h");
  const std::string header((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  for (const Flag& flag : AllFlags()) {
    const std::string given = std::string("\n//   --leaktrap_") + flag.name;
    EXPECT_THAT(header, testing::ContainsRegex(given + "(=[^ ]+)?  *[a-zA-Z]"));
  }
}

TEST(FlagTableTest, IsInOrder) {
  const std::vector<Flag>& flags = AllFlags();
  EXPECT_TRUE(std::is_sorted(flags.begin(), flags.end(),
                             [](const Flag& a, const Flag& b) {
                               return std::string(a.name) < b.name;
                             }));
}

}  // namespace
}  // namespace leaktrap::internal
