// Whether a report can name lines, and what it says where it cannot.

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using testing::AllOf;
using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kChild[] = "testing/leaktrap/children/lines_child";
constexpr char kWithoutLines[] =
    "testing/leaktrap/children/lines_without_debug_information_child";
constexpr char kExhausted[] = "testing/leaktrap/children/exhausted_child";
constexpr char kSource[] = "testing/leaktrap/children/lines_child.cc:";

constexpr char kDescriptor[] = "Lines.Descriptor";
constexpr char kNoLines[] = "\n  no lines: ";

int CountOf(const std::string& part, const std::string& text) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

ChildOptions Only(const std::string& filter) {
  ChildOptions options;
  options.args = {"--leaktrap_strict", "--gtest_filter=" + filter};
  return options;
}

TEST(LinesTest, AreNamedWithoutARemark) {
  const ChildResult child = RunChild(kChild, Only("Lines.*"));
  EXPECT_THAT(child, TestFailed(kDescriptor, Each(StartsWith(kSource))));
  EXPECT_THAT(child, Console(Not(HasSubstr("no lines"))));
}

TEST(LinesTest, WithoutDebugInformationEachReportSaysOnceWhatBringsThem) {
  const ChildResult child = RunChild(kWithoutLines, Only("Lines.*"));
  EXPECT_THAT(child, ExitedWith(1));
  for (const char* test :
       {kDescriptor, "Lines.DescriptorsAndThread", "Lines.ClosedTwice"}) {
    ASSERT_THAT(child,
                TestFailed(test, ElementsAre(AllOf(
                                     HasSubstr("OpenNull (lines_without_debug_"
                                               "information_child+0x"),
                                     HasSubstr("build --copt=-g1"),
                                     HasSubstr("build --strip=never")))));
    const std::string& failure = child.Test(test).failures.front();
    EXPECT_EQ(CountOf(kNoLines, failure), 1) << failure;
  }
  EXPECT_EQ(CountOf(kNoLines, child.console), 3) << child;
}

// The child runs this shell script in the place of a symbolizer.
ChildResult RunWithSymbolizer(const std::string& script) {
  const std::string path = testing::TempDir() + "/symbolizer";
  std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
  EXPECT_EQ(chmod(path.c_str(), 0755), 0);
  ChildOptions options = Only(kDescriptor);
  options.env["LEAKTRAP_SYMBOLIZER"] = path;
  return RunChild(kChild, options);
}

// With all but the lines.
void ExpectReport(const ChildResult& child, const std::string& why) {
  EXPECT_THAT(child, ExitedWith(1));
  ASSERT_TRUE(child.has_xml) << child;
  EXPECT_THAT(
      child,
      TestFailed(kDescriptor,
                 ElementsAre(AllOf(
                     HasSubstr("left behind 1 descriptor:"),
                     ContainsRegex("made by open\\(\\) at\n *[^\n]*::OpenNull "
                                   "\\(lines_child\\+0x[0-9a-f]+\\)\n"),
                     HasSubstr(kNoLines), HasSubstr(why)))));
}

TEST(LinesTest, ASymbolizerThatFailsCostsTheLinesOnly) {
  ExpectReport(RunWithSymbolizer("kill -SEGV $$"),
               "killed by signal 11 (Segmentation fault)");
  ExpectReport(RunWithSymbolizer("cat >/dev/null; echo garbage"),
               "answered what cannot be read (8 bytes, exit code 0)");
}

// Takes as long as a symbolizer may.
TEST(LinesTest, ASymbolizerThatHangsCostsTheLinesOnly) {
  ExpectReport(RunWithSymbolizer("exec sleep 1000"), "did not end within ");
}

TEST(LinesTest, ThatAreSwitchedOffAreNotMissedInSilence) {
  ChildOptions options = Only(kDescriptor);
  options.env["LEAKTRAP_SYMBOLIZER"] = "";
  ExpectReport(RunChild(kChild, options),
               "files and lines are switched off (LEAKTRAP_SYMBOLIZER is "
               "empty)");
}

TEST(LinesTest, NoDescriptorIsLeftForASymbolizer) {
  const ChildResult child = RunChild(kExhausted);
  EXPECT_THAT(
      child,
      TestFailed("Exhausted.EveryDescriptorIsLeaked",
                 ElementsAre(AllOf(
                     HasSubstr("_EveryDescriptorIsLeaked_Test::TestBody"),
                     HasSubstr(kNoLines), HasSubstr("Too many open files")))));
}

}  // namespace
}  // namespace leaktrap
