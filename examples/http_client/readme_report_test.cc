// The pages show the report of the health check as it is: with these lines.

#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace http_client {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::RunChild;
using testing::IsEmpty;
using testing::Not;

constexpr char kTest[] = "Leaking.HealthCheckReturnsOnTheStatusAlone";

// What does not change from run to run, and from one build to another: the
// user's own lines, and what stands before each stack but the library's call
// in which the thread waits.
std::vector<std::string> Gist(const std::string& report) {
  static const auto* const gist = new std::regex(
      R"(examples/http_client/\w+\.cc:\d+)"
      R"(|left behind [^\n]*)"
      R"(|\n *(connection of pool "\w+"|thread |descriptor |checked out at)"
      R"(|made by \w+\(\) at|now in |to release it: [^\n]*|what goes with it:))");
  std::vector<std::string> lines;
  for (std::sregex_iterator match(report.begin(), report.end(), *gist), end;
       match != end; ++match) {
    lines.push_back(match->str());
  }
  return lines;
}

class ReadmeReportTest : public testing::TestWithParam<const char*> {};

TEST_P(ReadmeReportTest, IsTheExamples) {
#ifdef __clang__
  GTEST_SKIP() << "with g++ a call has the line in which it ends";
#endif
  std::ifstream file(GetParam());
  const std::string page((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  const size_t begin = page.find(std::string("[ RUN      ] ") + kTest);
  ASSERT_NE(begin, page.npos);
  const std::string shown = page.substr(begin, page.find("```", begin) - begin);

  ChildOptions options;
  options.args = {std::string("--gtest_filter=") + kTest};
  const ChildResult run =
      RunChild("examples/http_client/leak_stories", options);
  ASSERT_EQ(run.Test(kTest).failures.size(), 1) << run.console;
  EXPECT_THAT(Gist(shown), Not(IsEmpty()));
  EXPECT_EQ(Gist(shown), Gist(run.Test(kTest).failures.front()));
}

INSTANTIATE_TEST_SUITE_P(Pages, ReadmeReportTest,
                         testing::Values("README.md",
                                         "docs/reading_a_report.md"));

}  // namespace
}  // namespace http_client
