// The line to mend is named: by the failure itself, by each stack that goes
// through it, and the one where the thread waits; however it is compiled.

#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"
#include "leaktrap/scenarios/named_lines.h"

namespace http_client {
namespace {

using leaktrap::child::ChildResult;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::scenarios::MarkedLines;
using leaktrap::scenarios::NamedLines;
using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kStories[] = "examples/http_client/leak_stories.cc";
constexpr char kStream[] = "examples/http_client/body_stream.cc";

class LeakLinesTest : public testing::TestWithParam<std::string> {};

TEST_P(LeakLinesTest, TheLineToMendIsNamed) {
  const ChildResult run = RunChild("examples/http_client/" + GetParam());
  const std::string waits = MarkedLines({kStream}, "WAIT").at("Body");
  const auto leaks = MarkedLines({kStories}, "LEAK");
  EXPECT_THAT(leaks, SizeIs(5));
  for (const auto& [name, line] : leaks) {
    ASSERT_THAT(run, TestFailed("Leaking." + name,
                                ElementsAre(StartsWith(line + "\n"))));
    const std::string& failure = run.Test("Leaking." + name).failures.front();
    for (const char* headline :
         {"checked out at", "made by pthread_create()"}) {
      EXPECT_THAT(NamedLines(failure, headline, kStories), ElementsAre(line))
          << failure;
    }
    EXPECT_THAT(NamedLines(failure, "now in ", kStream), ElementsAre(waits))
        << failure;
  }
}

INSTANTIATE_TEST_SUITE_P(Builds, LeakLinesTest,
                         testing::Values("leak_stories",
                                         "leak_stories_optimized"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace http_client
