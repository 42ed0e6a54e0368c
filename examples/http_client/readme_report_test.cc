// README shows the report of the health check as it is: with these lines.

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

TEST(ReadmeReportTest, IsTheExamples) {
  std::ifstream file("README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  const size_t begin = readme.find(std::string("[ RUN      ] ") + kTest);
  ASSERT_NE(begin, readme.npos);
  const std::string shown =
      readme.substr(begin, readme.find("```", begin) - begin);

  ChildOptions options;
  options.args = {std::string("--gtest_filter=") + kTest};
  const ChildResult run =
      RunChild("examples/http_client/leak_stories", options);
  ASSERT_EQ(run.Test(kTest).failures.size(), 1) << run.console;
  EXPECT_THAT(Gist(shown), Not(IsEmpty()));
  EXPECT_EQ(Gist(shown), Gist(run.Test(kTest).failures.front()));
}

}  // namespace
}  // namespace http_client
