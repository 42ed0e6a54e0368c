#include <map>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ChildResult RunLeaks(
    const std::vector<std::string>& args,
    const std::map<std::string, std::string>& env = {},
    const std::string& filter = "Leak.Thread:Leak.Descriptor") {
  ChildOptions options;
  options.args = args;
  options.args.push_back("--gtest_filter=" + filter);
  options.env = env;
  return RunChild("testing/leaktrap/children/leaks_child", options);
}

TEST(FlagsTest, ReportModePrintsAndPasses) {
  for (const ChildResult& child :
       {RunLeaks({"--leaktrap_mode=report"}),
        RunLeaks({}, {{"LEAKTRAP_MODE", "report"}})}) {
    EXPECT_THAT(child, AllPassed());
    EXPECT_THAT(child, Console(HasSubstr("only reporting: Leak.Thread left "
                                         "behind 1 thread:")));
  }
}

TEST(FlagsTest, OffIsOffAndSaysSo) {
  const ChildResult child = RunLeaks({"--leaktrap_mode=off"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(AllOf(HasSubstr("Leaktrap is off."),
                                   Not(HasSubstr("left behind")))));
}

TEST(FlagsTest, ModePerKind) {
  const ChildResult child =
      RunLeaks({"--leaktrap_mode=threads:off,descriptors:report"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(AllOf(HasSubstr("1 descriptor:"),
                                   Not(HasSubstr("1 thread:")))));
}

TEST(FlagsTest, AFlagWinsOverItsTwin) {
  EXPECT_THAT(RunLeaks({"--leaktrap_mode=fail"}, {{"LEAKTRAP_MODE", "off"}}),
              AllOf(ExitedWith(1), TestFailed("Leak.Thread")));
}

TEST(FlagsTest, Tolerate) {
  const ChildResult child = RunLeaks({"--leaktrap_tolerate=threads:1"});
  EXPECT_THAT(child, TestPassed("Leak.Thread"));
  EXPECT_THAT(child, TestFailed("Leak.Descriptor"));
  EXPECT_THAT(child, Console(HasSubstr("(from --leaktrap_tolerate)")));
  EXPECT_THAT(
      RunLeaks({}, {{"LEAKTRAP_TOLERATE", "threads:1,descriptors:1"}}),
      AllOf(AllPassed(), Console(HasSubstr("(from LEAKTRAP_TOLERATE)"))));
  EXPECT_THAT(
      RunLeaks({"--leaktrap_tolerate=descriptors:49"}, {}, "Leak.ManyAlike"),
      TestFailed("Leak.ManyAlike"));
}

TEST(FlagsTest, IgnoreByGlob) {
  const std::string all = "Leak.Thread:Leak.Descriptor:Leak.Connection";
  EXPECT_THAT(RunLeaks({"--leaktrap_ignore_thread=x*,leaks_*",
                        "--leaktrap_ignore_descriptor=/dev/nul?",
                        "--leaktrap_ignore_connection=db"},
                       {}, all),
              AllPassed());
  EXPECT_THAT(RunLeaks({"--leaktrap_ignore_descriptor=/dev/zero"}, {}, all),
              TestFailed("Leak.Descriptor"));
}

TEST(FlagsTest, Linger) {
  EXPECT_THAT(
      RunLeaks({"--leaktrap_linger=0"}, {}, "SlowLeak.ThreadThatMayEnd"),
      TestFailed(
          "SlowLeak.ThreadThatMayEnd",
          ElementsAre(ContainsRegex("looks=2, waited=.*, ended=linger"))));
}

TEST(FlagsTest, OthersArgumentsAreLeftAlone) {
  EXPECT_THAT(RunLeaks({"--leaktrap_mode=off", "--mine", "leaktrap_mode=x"}),
              AllPassed());
}

struct Bad {
  const char* flag;
  const char* problem;
};

class BadFlagTest : public testing::TestWithParam<Bad> {};

// One line that says what, where and what to do, and again at the end. The
// tests run unchecked, the run fails. "[  SKIPPED ]" would be no failure for
// CTest.
void ExpectRefused(const ChildResult& child, const std::string& line) {
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(
      child,
      FailuresOutsideTests(ElementsAre(
          AllOf(HasSubstr(line), HasSubstr("Nothing is checked for leaks.")))));
  EXPECT_THAT(child, Console(HasSubstr(line)));
  EXPECT_THAT(child,
              Console(ContainsRegex("\nLeaktrap: no test was checked: "
                                    "[^\n]*(leaktrap|LEAKTRAP)[_-][^\n]*\n")));
  EXPECT_THAT(child, Console(Not(HasSubstr("tests checked"))));
  EXPECT_THAT(child, Console(Not(HasSubstr("[  SKIPPED"))));
  EXPECT_THAT(child, Console(Not(HasSubstr("left behind"))));
  EXPECT_THAT(child, TestPassed("Leak.Descriptor"));
}

TEST_P(BadFlagTest, FailsTheRunInOneLine) {
  const auto& [flag, problem] = GetParam();
  ExpectRefused(RunLeaks({std::string("--leaktrap_") + flag}), problem);
}

INSTANTIATE_TEST_SUITE_P(
    Flags, BadFlagTest,
    testing::Values(
        Bad{"mode=on",
            "Leaktrap: --leaktrap_mode: \"on\" is no mode; write "
            "off, report or fail"},
        Bad{"mode", "--leaktrap_mode: \"\" is no mode"},
        Bad{"mode=sockets:off",
            "\"sockets\" is no kind that is looked for; write threads, "
            "descriptors, connections, processes or others"},
        Bad{"mode=threads:off:off", "is no mode"},
        Bad{"linger=5 apples", "--leaktrap_linger: \"5 apples\" is no time"},
        Bad{"linger=-1s", "--leaktrap_linger: \"-1s\" is no time"},
        Bad{"tolerate=2", "--leaktrap_tolerate: \"2\" is no kind and count"},
        Bad{"tolerate=threads:-1", "\"threads:-1\" is no kind and count"},
        Bad{"tolerate=thread:1", "\"thread\" is no kind"},
        Bad{"ignore_thread=", "--leaktrap_ignore_thread: a pattern is empty"},
        Bad{"lingr=5s",
            "--leaktrap_lingr is unknown; there are "
            "--leaktrap_"}),
    [](const testing::TestParamInfo<Bad>& info) {
      return "Number" + std::to_string(info.index);
    });

TEST(BadFlagOfAnotherFormTest, FailsTheRunInOneLine) {
  for (const char* flag : {"-leaktrap_mode=off", "--leaktrap-mode=off"}) {
    ExpectRefused(RunLeaks({flag}), std::string(flag) +
                                        " is no flag of Leaktrap's, which "
                                        "begin with --leaktrap_");
  }
}

TEST(BadVariableTest, FailsTheRunInOneLine) {
  ExpectRefused(RunLeaks({}, {{"LEAKTRAP_LINGER", "soon"}}),
                "Leaktrap: LEAKTRAP_LINGER: \"soon\" is no time");
  ExpectRefused(RunLeaks({}, {{"LEAKTRAP_LINGR", "5s"}}),
                "LEAKTRAP_LINGR is unknown; there are "
                "LEAKTRAP_");
}

// CMake's find_package() reads some, build machines set the others.
TEST(VariableOfABuildTest, IsPassedOver) {
  for (const char* name :
       {"LEAKTRAP_ROOT", "LEAKTRAP_DIR", "LEAKTRAP_VERSION",
        "LEAKTRAP_BUILD_TESTING", "LEAKTRAP_INSTALL", "LEAKTRAP_SOURCE_DIR",
        "LEAKTRAP_PREFIX", "LEAKTRAP_HOME"}) {
    const ChildResult child = RunLeaks({}, {{name, "/opt/leaktrap"}});
    EXPECT_THAT(child, FailuresOutsideTests(IsEmpty())) << name;
    EXPECT_THAT(child, TestFailed("Leak.Descriptor")) << name;
  }
  for (const char* name : {"LEAKTRAP_ROOTS", "LEAKTRAP_root", "LEAKTRAP_"}) {
    ExpectRefused(RunLeaks({}, {{name, "/opt/leaktrap"}}),
                  std::string(name) + " is unknown; there are ");
  }
  ExpectRefused(RunLeaks({"--leaktrap_root=/opt/leaktrap"}),
                "--leaktrap_root is unknown; there are ");
}

TEST(BadFlagOfAnotherMainTest, FailsTheRunWhicheverMainWinsTheLink) {
  ChildOptions options;
  options.args = {"--leaktrap_linger=soon"};
  ExpectRefused(
      RunChild("testing/leaktrap/children/gtest_main_first_child", options),
      "--leaktrap_linger: \"soon\" is no time");
}

}  // namespace
}  // namespace leaktrap
