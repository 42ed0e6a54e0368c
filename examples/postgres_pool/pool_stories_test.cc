// The verdicts on the stories: each bug is told with the lines to mend, each
// twin passes.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"

namespace postgres_pool {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::ExitedWith;
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using leaktrap::scenarios::MarkedLines;
using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kStories[] = "examples/postgres_pool/pool_stories";
constexpr char kSource[] = "examples/postgres_pool/pool_stories.cc";

// How all reports name the connection.
const std::string& TheConnection() {
  static const auto* const text = new std::string(
      "connection of pool \"db\" to 127.0.0.1:[0-9]+, database postgres, ");
  return *text;
}

bool IsRecorded() { return std::getenv("LEAKTRAP_RECORD") == nullptr; }

void ExpectEachStory(const ChildResult& run) {
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  EXPECT_THAT(run.tests, SizeIs(13));

  // The lease, and the socket that was opened for it.
  const auto lost = [](const std::string& lease_is) {
    return ElementsAre(
        AllOf(HasSubstr(" left behind 1 descriptor, 1 connection:\n"),
              ContainsRegex(TheConnection() + "lease 1, on descriptor [0-9]+" +
                            lease_is + "(, [^\n]* old)?\n"),
              HasSubstr("what goes with it:\n"),
              ContainsRegex("descriptor [0-9]+: TCP socket 127.0.0.1:[0-9]+ -> "
                            "127.0.0.1:[0-9]+ ESTABLISHED")));
  };
  EXPECT_THAT(run, TestFailed("Leaking.LostByAnException", lost("")));
  EXPECT_THAT(run, TestFailed("Leaking.LostByAnEarlyReturn", lost("")));
  EXPECT_THAT(run, TestFailed("Leaking.PoolDestroyedEarly",
                              lost(", its pool is gone")));
  EXPECT_THAT(
      run, TestFailed("Leaking.ReturnedInBegin",
                      ElementsAre(AllOf(
                          ContainsRegex(" gave back 1 connection dirty:\n  " +
                                        TheConnection() +
                                        "given back inside a transaction\n"),
                          Not(HasSubstr("left behind"))))));
  // The socket is gone, and so no descriptor is lost: only the place.
  EXPECT_THAT(
      run,
      TestFailed("Leaking.CommitThrows",
                 ElementsAre(ContainsRegex(" left behind 1 connection:\n  " +
                                           TheConnection() + "lease 1, "))));
  EXPECT_THAT(
      run, TestFailed("Leaking.NestedCheckout",
                      ElementsAre(ContainsRegex(TheConnection() + "lease 1, "),
                                  HasSubstr("no connection came back in time: "
                                            "all 1 are in use"))));
  for (const char* name :
       {"AnExceptionLosesNothing", "AnEarlyReturnLosesNothing",
        "RolledBackBeforeItIsReturned", "CommitThrowsAndLosesNothing",
        "PoolDestroyedLast", "OneConnectionForBoth",
        "TwoHundredQueriesOverOneConnection"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + name));
  }
}

TEST(PoolStoriesTest, EachBugIsToldAndEachTwinPasses) {
  ExpectEachStory(RunChild(kStories));
}

TEST(PoolStoriesTest, InAnyOrder) {
  for (const char* seed : {"1", "2"}) {
    ChildOptions options;
    options.args = {"--gtest_shuffle",
                    std::string("--gtest_random_seed=") + seed};
    ExpectEachStory(RunChild(kStories, options));
  }
}

TEST(PoolStoriesTest, TheLinesToMendAreNamed) {
  if (!IsRecorded()) GTEST_SKIP() << "nothing knows them";
  const ChildResult run = RunChild(kStories);
  const auto leaks = MarkedLines({kSource}, "LEAK");
  EXPECT_THAT(leaks, SizeIs(6));
  for (const auto& [name, line] : leaks) {
    EXPECT_THAT(run, TestFailed("Leaking." + name,
                                Contains(HasSubstr(" " + line + "\n"))));
    // It is the failure's own line as well, but where a test asks by itself.
    if (name == "NestedCheckout") continue;
    EXPECT_THAT(run, TestFailed("Leaking." + name,
                                ElementsAre(StartsWith(line + "\n"))));
  }
  for (const auto& [name, line] : MarkedLines({kSource}, "TAKEN")) {
    EXPECT_THAT(run, TestFailed("Leaking." + name,
                                ElementsAre(HasSubstr(" " + line + "\n"))));
  }
}

// What does not change from one build to another: the user's own lines, and
// what stands before them.
std::vector<std::string> Gist(const std::string& report) {
  static const auto* const gist = new std::regex(
      R"(examples/postgres_pool/\w+\.cc:\d+)"
      R"(|gave back [^\n]*|given back [^\n]*|checked out at|to mend it: .*)");
  std::vector<std::string> lines;
  for (std::sregex_iterator match(report.begin(), report.end(), *gist), end;
       match != end; ++match) {
    lines.push_back(match->str());
  }
  return lines;
}

TEST(PoolStoriesTest, TheReportOnThePageIsTheExamples) {
  if (!IsRecorded()) GTEST_SKIP() << "it names lines";
  std::ifstream file("examples/postgres_pool/README.md");
  const std::string page((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  const size_t begin = page.find("examples/postgres_pool/pool_stories.cc:");
  ASSERT_NE(begin, page.npos);
  const std::string shown = page.substr(begin, page.find("```", begin) - begin);
  EXPECT_THAT(Gist(shown), SizeIs(14));
  EXPECT_EQ(
      Gist(shown),
      Gist(RunChild(kStories).Test("Leaking.ReturnedInBegin").failures.at(0)));
}

}  // namespace
}  // namespace postgres_pool
