// Files of rules that cannot be used, and the list of all rules.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/rules_file_for_test.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using RulesFileErrorsTest = RulesFileTest;

TEST_F(RulesFileErrorsTest, AFileThatIsNotThereFailsTheRun) {
  EXPECT_THAT(Run({}),
              AllOf(ExitedWith(1), FailuresOutsideTests(ElementsAre(HasSubstr(
                                       "there is no file of rules " + path() +
                                       "; make it, or have it written with "
                                       "--leaktrap_update_rules")))));
}

TEST_F(RulesFileErrorsTest, ABrokenFileFailsTheRunWithLineAndColumn) {
  Write("threads name=a reason=b\n\nthraeds name=a reason=b\n");
  EXPECT_THAT(
      Run({"--leaktrap_update_rules"}),
      AllOf(ExitedWith(1), FailuresOutsideTests(ElementsAre(HasSubstr(
                               path() + ":3:1: \"thraeds\" is no kind")))));
}

TEST_F(RulesFileErrorsTest, AFileThatCannotBeWrittenFailsTheRun) {
  ChildOptions options;
  options.args = {"--leaktrap_rules=/proc/self/old.rules",
                  "--leaktrap_update_rules"};
  EXPECT_THAT(RunChild("testing/leaktrap/children/known_child", options),
              AllOf(ExitedWith(1), FailuresOutsideTests(ElementsAre(HasSubstr(
                                       "old.rules cannot be written: ")))));
  std::filesystem::create_directory(path());
  EXPECT_THAT(Run({}), AllOf(ExitedWith(1), FailuresOutsideTests(ElementsAre(
                                                HasSubstr("cannot be read")))));
}

TEST_F(RulesFileErrorsTest, AFolderThatStaysLockedFailsTheRun) {
  Write("");
  const int folder = open(std::filesystem::path(path()).parent_path().c_str(),
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(folder, LOCK_EX), 0);
  EXPECT_THAT(Run({"--leaktrap_update_rules"}),
              AllOf(ExitedWith(1),
                    FailuresOutsideTests(ElementsAre(HasSubstr(
                        "old.rules was not written: another process holds")))));
  close(folder);
  EXPECT_EQ(Text(), "");
  EXPECT_THAT(Run({"--leaktrap_update_rules"}), AllPassed());
  EXPECT_EQ(Text(), kAll);
}

TEST_F(RulesFileErrorsTest, AnUpdateNeedsOneFile) {
  ChildOptions options;
  options.args = {"--leaktrap_update_rules"};
  EXPECT_THAT(RunChild("testing/leaktrap/children/known_child", options),
              AllOf(ExitedWith(1),
                    FailuresOutsideTests(ElementsAre(HasSubstr(
                        "needs one file of rules, and none is named")))));
  Write(kAll);
  EXPECT_THAT(Run({"--leaktrap_update_rules"},
                  {{"LEAKTRAP_RULES", path() + ".others"}}),
              AllOf(ExitedWith(1), FailuresOutsideTests(ElementsAre(
                                       HasSubstr("and several are named")))));
  // The same one twice is one.
  EXPECT_THAT(Run({"--leaktrap_update_rules"}, {{"LEAKTRAP_RULES", path()}}),
              AllPassed());
}

// Without records no rule by maker matches: nothing is gone by that.
TEST_F(RulesFileErrorsTest, RulesByMakerNeedRecords) {
  Write(kAll);
  for (const char* record :
       {"--leaktrap_record=off", "--leaktrap_record=calls"}) {
    const ChildResult child = Run({record, "--leaktrap_update_rules"});
    EXPECT_THAT(child, ExitedWith(1));
    EXPECT_THAT(child, Console(HasSubstr("the rules with maker= and made_by= "
                                         "match nothing: who makes what is not "
                                         "recorded")));
    EXPECT_EQ(Text(), kAll);
  }
}

TEST_F(RulesFileErrorsTest, ALinkStaysALink) {
  Write("");
  const std::string link = path() + ".link";
  std::filesystem::create_symlink(path(), link);
  ChildOptions options;
  options.args = {"--leaktrap_rules=" + link, "--leaktrap_update_rules"};
  EXPECT_THAT(RunChild("testing/leaktrap/children/known_child", options),
              AllPassed());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Text(), kAll);
  // To a file that is not there yet, too.
  std::filesystem::remove(path());
  EXPECT_THAT(RunChild("testing/leaktrap/children/known_child", options),
              AllPassed());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Text(), kAll);
}

// Where no test is checked as a whole, its scopes have its rules.
TEST_F(RulesFileErrorsTest, ScopesAloneHaveTheirTestsRules) {
  ChildOptions options;
  options.args = {"--leaktrap_rules=" + path(), "--leaktrap_update_rules",
                  "--gtest_filter=Scope.LeaksOnce"};
  const std::string child = "testing/leaktrap/children/scopes_only_child";
  EXPECT_THAT(RunChild(child, options), AllPassed());
  EXPECT_THAT(Text(), HasSubstr("\ndescriptors name=/dev/null "
                                "test=Scope.LeaksOnce count=1 reason="));
  options.args[1] = "--leaktrap_strict";
  EXPECT_THAT(RunChild(child, options), AllPassed());
}

TEST_F(RulesFileErrorsTest, TheListHasAllRulesAndRunsNoTest) {
  Write(
      "threads name=log-* reason=of the log\n"
      "threads name=w count=2 reason=soon\n");
  const ChildResult child =
      Run({"--leaktrap_list_rules", "--leaktrap_ignore_process=nginx",
           "--leaktrap_disable_rules=same_maker"});
  EXPECT_THAT(child, ExitedWith(0));
  EXPECT_FALSE(child.has_xml);
  EXPECT_THAT(child, Console(Not(HasSubstr("[ RUN"))));
  for (const std::string& line :
       {std::string("IgnoreProcess(\"nginx\", \"from "
                    "--leaktrap_ignore_process\")\n"),
        path() + ":1: threads name=log-* reason=of the log\n",
        path() + ":2: threads name=w count=2 reason=soon\n",
        std::string("  c_library_threads: "),
        std::string("  io_uring_workers: "),
        std::string("  parallel_runtimes: "), std::string("  pool_threads: "),
        std::string("  same_maker (off): ")}) {
    EXPECT_THAT(child, Console(HasSubstr(line)));
  }
}

TEST_F(RulesFileErrorsTest, AForgottenVariableDoesNotListInsteadOfTesting) {
  Write("");
  EXPECT_THAT(Run({}, {{"LEAKTRAP_LIST_RULES", "1"}}),
              AllOf(ExitedWith(1), Console(HasSubstr("this is a flag only"))));
}

}  // namespace
}  // namespace leaktrap
