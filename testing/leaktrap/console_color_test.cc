#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::ExitedWith;
using child::RunChild;
using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kChild[] = "testing/leaktrap/children/leaks_child";

// Runs a program on a pseudo terminal of its own and passes on what it prints
// and how it ends.
const std::vector<std::string>& OnATerminal() {
  static const auto* const wrapper = new std::vector<std::string>{
      "/usr/bin/env", "python3", "-c",
      "import os, pty, sys\n"
      "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))\n"};
  return *wrapper;
}

ChildOptions Terminal(const std::string& term) {
  ChildOptions options;
  options.wrapper = OnATerminal();
  options.env["TERM"] = term;
  return options;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();  // a terminal's
    lines.push_back(line);
  }
  return lines;
}

ChildResult RunFiltered(ChildOptions options, const std::string& filter) {
  options.args.push_back("--gtest_filter=" + filter);
  return RunChild(kChild, options);
}

bool GoogleTestUsesColor(const ChildResult& child) {
  return child.console.find("\033[0;32m[==========] ") != std::string::npos;
}

bool LeaktrapUsesColor(const ChildResult& child) {
  return child.console.find("\033[0;32mLeaktrap: 1 test checked, ") !=
         std::string::npos;
}

// Both of them, or neither.
void ExpectColor(bool expected, ChildOptions options) {
  const ChildResult child = RunFiltered(std::move(options), "Clean.Descriptor");
  ASSERT_THAT(child, ExitedWith(0));
  EXPECT_EQ(GoogleTestUsesColor(child), expected) << child;
  EXPECT_EQ(LeaktrapUsesColor(child), expected) << child;
  EXPECT_EQ(child.console.find('\033') != std::string::npos, expected);
}

TEST(ConsoleColorTest, FollowsGoogleTestOnEachTerminal) {
  for (const char* term :
       {"xterm", "xterm-color", "xterm-256color", "screen", "screen-256color",
        "tmux", "tmux-256color", "rxvt-unicode", "rxvt-unicode-256color",
        "linux", "cygwin"}) {
    SCOPED_TRACE(term);
    ExpectColor(true, Terminal(term));
  }
  for (const char* term : {"dumb", "", "vt100", "XTERM", "xterm "}) {
    SCOPED_TRACE(term);
    ExpectColor(false, Terminal(term));
  }
  ChildOptions without_term = Terminal("xterm");
  without_term.env.erase("TERM");
  without_term.unset = {"TERM"};
  ExpectColor(false, without_term);
}

TEST(ConsoleColorTest, IsNotUsedOnAPipe) {
  ChildOptions options;
  options.env["TERM"] = "xterm";
  ExpectColor(false, options);
}

TEST(ConsoleColorTest, IsUsedWhereItIsAskedFor) {
  for (const char* asked : {"yes", "YES", "true", "T", "1"}) {
    SCOPED_TRACE(asked);
    ChildOptions by_flag;
    by_flag.args = {std::string("--gtest_color=") + asked};
    ExpectColor(true, by_flag);
    ChildOptions by_variable;
    by_variable.env["GTEST_COLOR"] = asked;
    by_variable.env["TERM"] = "dumb";
    by_variable.env["NO_COLOR"] = "1";
    ExpectColor(true, by_variable);
  }
}

TEST(ConsoleColorTest, IsNotUsedWhereItIsRefused) {
  for (const char* asked : {"no", "false", "0", "never"}) {
    SCOPED_TRACE(asked);
    ChildOptions by_flag = Terminal("xterm");
    by_flag.args = {std::string("--gtest_color=") + asked};
    ExpectColor(false, by_flag);
    ChildOptions by_variable = Terminal("xterm");
    by_variable.env["GTEST_COLOR"] = asked;
    ExpectColor(false, by_variable);
  }
}

// GoogleTest does not know it.
TEST(ConsoleColorTest, NoColorIsHeededUnlessItIsEmpty) {
  ChildOptions options = Terminal("xterm");
  options.env["NO_COLOR"] = "0";
  const ChildResult without = RunFiltered(options, "Clean.Descriptor");
  EXPECT_THAT(without, ExitedWith(0));
  EXPECT_TRUE(GoogleTestUsesColor(without));
  EXPECT_FALSE(LeaktrapUsesColor(without)) << without;
  options.env["NO_COLOR"] = "";
  ExpectColor(true, options);
}

TEST(ConsoleColorTest, OfAReportThatFailsNothing) {
  ChildOptions options = Terminal("xterm-256color");
  options.args = {"--leaktrap_mode=report"};
  const ChildResult child = RunFiltered(options, "Leak.Descriptor");
  ASSERT_THAT(child, ExitedWith(0));
  const std::vector<std::string> lines = Lines(child.console);
  EXPECT_THAT(lines, Contains("\033[0;31mLeaktrap, only reporting: "
                              "Leak.Descriptor left behind 1 descriptor:"
                              "\033[m"));
  EXPECT_THAT(lines, Contains("    \033[0;32mto release it: close it "
                              "(close(2))\033[m"));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("\033[0;31mLeaktrap: 1 test "),
                                    EndsWith(" waited.\033[m"))));
}

TEST(ConsoleColorTest, OfTheUsersOwnLine) {
  ChildOptions options = Terminal("xterm-256color");
  options.args = {"--leaktrap_mode=report"};
  const ChildResult child = RunFiltered(options, "Leak.Descriptor");
  std::vector<std::string> bold;
  for (const std::string& line : Lines(child.console)) {
    if (line.find("\033[1m") != line.npos) bold.push_back(line);
  }
  EXPECT_THAT(bold,
              testing::ElementsAre(AllOf(
                  StartsWith("      \033[1m"),
                  HasSubstr("OpenNull testing/leaktrap/children/leaks_child"),
                  EndsWith("\033[m"))));
}

// Nothing that goes into GoogleTest's XML, where tools read it.
TEST(ConsoleColorTest, NotOfAFailure) {
  ChildOptions options = Terminal("xterm");
  const ChildResult child = RunFiltered(options, "Leak.Descriptor");
  EXPECT_THAT(child, ExitedWith(1));
  const std::string& failure = child.Test("Leak.Descriptor").failures.front();
  EXPECT_THAT(failure, AllOf(HasSubstr("left behind 1 descriptor:"),
                             Not(HasSubstr("\033"))));
  EXPECT_THAT(Lines(child.console),
              Contains("    to release it: close it (close(2))"));
}

TEST(ConsoleColorTest, OfHelp) {
  ChildOptions options;
  options.args = {"--help", "--gtest_color=yes"};
  EXPECT_THAT(RunChild(kChild, options).console,
              HasSubstr("\n  \033[0;32m--leaktrap_linger=TIME\033[m   "));
}

}  // namespace
}  // namespace leaktrap
