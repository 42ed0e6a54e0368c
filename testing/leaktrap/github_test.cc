#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
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
using child::RunChild;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kChildren[] = "testing/leaktrap/children/";
constexpr char kSource[] = "testing/leaktrap/children/leaks_child.cc";

// A line that GitHub's runner does not just show.
struct Command {
  std::string name;
  std::map<std::string, std::string> properties;
  std::string data;

  std::string file() const { return Property("file"); }
  std::string Property(const std::string& key) const {
    const auto found = properties.find(key);
    return found == properties.end() ? "" : found->second;
  }
};

std::string Replaced(std::string text, const std::string& from,
                     const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos;) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

std::string UnescapedData(std::string text) {
  text = Replaced(text, "%0D", "\r");
  text = Replaced(text, "%0A", "\n");
  return Replaced(text, "%25", "%");
}

std::string UnescapedProperty(std::string text) {
  text = Replaced(text, "%0D", "\r");
  text = Replaced(text, "%0A", "\n");
  text = Replaced(text, "%3A", ":");
  text = Replaced(text, "%2C", ",");
  return Replaced(text, "%25", "%");
}

bool IsKnown(const std::string& name) {
  static const auto* const known = new std::set<std::string>{
      "error",    "warning",       "notice",   "debug",      "group",
      "endgroup", "stop-commands", "add-mask", "set-output", "set-env",
      "add-path", "save-state",    "echo",     "add-matcher"};
  return known->count(name) != 0;
}

// As the runner reads a line (ActionCommand.cs): "::name key=value,...::data"
// after blanks.
std::optional<Command> NewForm(const std::string& line) {
  const size_t begin = line.find_first_not_of(" \t\r\v\f");
  if (begin == line.npos || line.compare(begin, 2, "::") != 0) {
    return std::nullopt;
  }
  const size_t end = line.find("::", begin + 2);
  if (end == line.npos) return std::nullopt;
  const std::string info = line.substr(begin + 2, end - begin - 2);
  Command command;
  const size_t space = info.find(' ');
  command.name = info.substr(0, space);
  if (!IsKnown(command.name)) return std::nullopt;
  if (space != info.npos) {
    std::istringstream properties(info.substr(space + 1));
    for (std::string one; std::getline(properties, one, ',');) {
      const size_t equals = one.find('=');
      if (equals == one.npos) continue;
      command.properties[one.substr(0, equals)] =
          UnescapedProperty(one.substr(equals + 1));
    }
  }
  command.data = UnescapedData(line.substr(end + 2));
  return command;
}

// "##[name]data", anywhere in a line.
std::optional<Command> OldForm(const std::string& line) {
  const size_t begin = line.find("##[");
  if (begin == line.npos) return std::nullopt;
  const size_t end = line.find_first_of(" ]", begin);
  if (end == line.npos) return std::nullopt;
  Command command;
  command.name = line.substr(begin + 3, end - begin - 3);
  command.data = "in the old form: " + line;
  return IsKnown(command.name) ? std::optional(command) : std::nullopt;
}

std::vector<Command> CommandsIn(const std::string& console) {
  std::vector<Command> commands;
  std::istringstream stream(console);
  for (std::string line; std::getline(stream, line);) {
    std::optional<Command> command = NewForm(line);
    if (!command.has_value()) command = OldForm(line);
    if (command.has_value()) commands.push_back(*command);
  }
  return commands;
}

ChildResult RunOnGithub(const std::string& name,
                        const std::vector<std::string>& args,
                        std::map<std::string, std::string> env = {}) {
  ChildOptions options;
  options.args = args;
  options.env = std::move(env);
  options.env.emplace("GITHUB_ACTIONS", "true");
  return RunChild(kChildren + name, options);
}

// The line of `file` that holds `text`, from 1.
int LineOf(const std::string& file, const std::string& text) {
  std::ifstream stream(file);
  int number = 1;
  for (std::string line; std::getline(stream, line); ++number) {
    if (line.find(text) != line.npos) return number;
  }
  ADD_FAILURE() << "no line of " << file << " holds " << text;
  return 0;
}

TEST(GithubTest, AFailureIsAnErrorAtItsLine) {
  const ChildResult child =
      RunOnGithub("leaks_child", {"--gtest_filter=Leak.Descriptor"});
  EXPECT_THAT(child, ExitedWith(1));
  const std::vector<Command> commands = CommandsIn(child.console);
  ASSERT_THAT(commands, SizeIs(1)) << child;
  const Command& error = commands.front();
  EXPECT_EQ(error.name, "error");
  EXPECT_EQ(error.file(), kSource);
  EXPECT_EQ(error.Property("line"),
            std::to_string(LineOf(kSource, "int OpenNull() {")));
  EXPECT_EQ(error.Property("title"),
            "Leaktrap: Leak.Descriptor left behind 1 descriptor");
  EXPECT_THAT(error.data,
              AllOf(StartsWith("  descriptor "), HasSubstr(" /dev/null, "),
                    HasSubstr("\n    made by open"),
                    EndsWith("\n    to release it: close it (close(2))")));
}

TEST(GithubTest, NotElsewhere) {
  for (const char* value : {"", "false", "1"}) {
    const ChildResult child =
        RunOnGithub("leaks_child", {"--gtest_filter=Leak.Descriptor"},
                    {{"GITHUB_ACTIONS", value}});
    EXPECT_THAT(child, ExitedWith(1));
    EXPECT_THAT(CommandsIn(child.console), IsEmpty()) << child;
  }
}

TEST(GithubTest, NothingOfWhatPasses) {
  const ChildResult child =
      RunOnGithub("leaks_child", {"--gtest_filter=Clean.*:Leak.Descriptor",
                                  "--leaktrap_tolerate=descriptors:1"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(CommandsIn(child.console), IsEmpty()) << child;
}

TEST(GithubTest, WhatIsOnlyReportedIsAWarning) {
  const ChildResult child =
      RunOnGithub("leaks_child",
                  {"--gtest_filter=Leak.Descriptor", "--leaktrap_mode=report"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(CommandsIn(child.console),
              ElementsAre(Field(&Command::name, "warning")));
}

TEST(GithubTest, EachFindingHasItsOwn) {
  const ChildResult child = RunOnGithub(
      "leaks_child", {"--gtest_filter=Leak.Thread:Leak.ManyAlike:Limit.*"});
  EXPECT_THAT(child, ExitedWith(1));
  std::vector<std::string> titles;
  for (const Command& command : CommandsIn(child.console)) {
    EXPECT_EQ(command.name, "error");
    titles.push_back(command.Property("title"));
  }
  EXPECT_THAT(
      titles,
      testing::IsSupersetOf(
          {"Leaktrap: Leak.Thread left behind 1 thread",
           "Leaktrap: Leak.ManyAlike left behind 50 descriptors", "Leaktrap"}));
}

// What is raised at the end is told once.
TEST(GithubTest, OfASuite) {
  const ChildResult child =
      RunOnGithub("ways_child", {"--gtest_filter=SuiteThatLeaks.*"});
  EXPECT_THAT(child, ExitedWith(1));
  const std::vector<Command> commands = CommandsIn(child.console);
  ASSERT_THAT(commands, SizeIs(1)) << child;
  EXPECT_THAT(commands.front().Property("title"),
              HasSubstr("The test suite SuiteThatLeaks, outside its tests, "
                        "left behind 1 descriptor"));
}

TEST(GithubTest, NotOfATestThatHasFailedBefore) {
  const ChildResult child =
      RunOnGithub("outcomes_child", {"--gtest_filter=*Fail*:*Skip*"});
  EXPECT_THAT(child.console, HasSubstr("only a note since"));
  EXPECT_THAT(CommandsIn(child.console), IsEmpty()) << child;
}

// GitHub shows ten of a kind in a step.
TEST(GithubTest, TenAtMost) {
  const ChildResult child = RunOnGithub(
      "leaks_child", {"--gtest_filter=Leak.Descriptor", "--gtest_repeat=13"});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(CommandsIn(child.console), SizeIs(10));
  EXPECT_THAT(child, Console(HasSubstr("\nLeaktrap: 3 more were not annotated, "
                                       "since GitHub shows no more than 10")));
}

// Also where nobody asked for annotations: GitHub, Azure and TeamCity read the
// console of every test.
TEST(GithubTest, NoNameIsACommand) {
  const std::string folder =
      std::filesystem::canonical(testing::TempDir()) / "github_test_hostile";
  for (const char* on_github : {"true", ""}) {
    std::filesystem::create_directory(folder);
    const ChildResult child = RunOnGithub(
        "hostile_child",
        {"--gtest_filter=Hostile*", "--leaktrap_strict",
         "--leaktrap_linger=10ms"},
        {{"GITHUB_ACTIONS", on_github}, {"HOSTILE_FOLDER", folder}});
    std::filesystem::remove_all(folder);
    EXPECT_THAT(child, ExitedWith(1));
    EXPECT_THAT(child, Console(AllOf(HasSubstr("\\x3a:error::U"),
                                     HasSubstr("S\\x23#[error]T"))));
    for (const Command& command : CommandsIn(child.console)) {
      EXPECT_STREQ(on_github, "true") << command.data;
      EXPECT_EQ(command.name, "error");
      EXPECT_THAT(command.Property("title"), StartsWith("Leaktrap"));
      for (const auto& [key, value] : command.properties) {
        EXPECT_TRUE(key == "file" || key == "line" || key == "title") << key;
      }
      EXPECT_THAT(command.data, Not(HasSubstr("in the old form")));
    }
  }
}

}  // namespace
}  // namespace leaktrap
