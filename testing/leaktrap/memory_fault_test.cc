// Memory runs out in the middle of a report: whichever request fails, the run
// does.

#include <csignal>
#include <sstream>
#include <string>
#include <utility>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::ExitedWith;
using testing::Range;

struct Runs {
  int failed = 0;    // exit code 1, and a line that says why
  int wordless = 0;  // exit code 1, and none
  int aborted = 0;   // SIGABRT
  int others = 0;
  int not_reached = 0;  // they asked for less
};

bool SaysWhy(const std::string& console) {
  for (const char* why :
       {"Leak.WithoutMemory left behind", "std::bad_alloc",
        // GoogleTest's stream cuts the report short where it gets no memory.
        "Leaktrap: 1 test checked, 2 leaks,"}) {
    if (console.find(why) != std::string::npos) return true;
  }
  return false;
}

Runs Count(const std::string& console) {
  Runs runs;
  std::istringstream lines(console);
  std::string of_this_run;
  for (std::string line; std::getline(lines, line);) {
    of_this_run += line + "\n";
    if (line.compare(0, 8, "request ") != 0) continue;
    const std::string run = std::exchange(of_this_run, "");
    if (run.find("NOT REACHED") != std::string::npos) {
      ++runs.not_reached;
    } else if (run.find("failed to register TLS destructor") !=
               std::string::npos) {
      ++runs.failed;  // the C library gives up, and says so
    } else if (line.find("exit code 1, ") != std::string::npos) {
      ++(SaysWhy(run) ? runs.failed : runs.wordless);
    } else if (line.find("signal " + std::to_string(SIGABRT)) !=
               std::string::npos) {
      ++runs.aborted;
    } else {
      ++runs.others;
    }
  }
  return runs;
}

ChildOptions FailRequests(int from, int to, int step) {
  ChildOptions options;
  options.env["FROM"] = std::to_string(from);
  options.env["TO"] = std::to_string(to);
  options.env["STEP"] = std::to_string(step);
  options.env["LEAKTRAP_SYMBOLIZER"] = "";
  options.xml = false;
  return options;
}

ChildResult RunRequests(const ChildOptions& options) {
  const ChildResult child =
      child::RunChild("testing/leaktrap/children/memory_fault_child", options);
  EXPECT_THAT(child, ExitedWith(0));
  return child;
}

// Behind the last one, of some 2,650.
constexpr int kEnd = 3501;
constexpr int kAtATime = 500;

class OneRequestTest : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(From, OneRequestTest, Range(1, kEnd, kAtATime));

TEST_P(OneRequestTest, WhicheverFailsTheRunDoes) {
  const Runs runs = Count(
      RunRequests(FailRequests(GetParam(), GetParam() + kAtATime, 1)).console);
  EXPECT_EQ(runs.wordless, 0);
  EXPECT_EQ(runs.aborted, 0);
  EXPECT_EQ(runs.others, 0);
  EXPECT_EQ(runs.failed + runs.not_reached, kAtATime);
  if (GetParam() == 1) {
    EXPECT_EQ(runs.failed, kAtATime);
  }
  if (GetParam() + kAtATime == kEnd) {
    EXPECT_GT(runs.not_reached, 0);
  }
}

// The symbolizer and the writer ask for more.
TEST(MemoryFaultTest, OneRequestOfAReportWithLinesAndJson) {
  ChildOptions options = FailRequests(1, 6000, 149);
  options.env.erase("LEAKTRAP_SYMBOLIZER");
  options.env["LEAKTRAP_JSON"] = testing::TempDir() + "memory_fault.json";
  const Runs runs = Count(RunRequests(options).console);
  EXPECT_GT(runs.failed, 15);
  EXPECT_EQ(runs.wordless, 0);
  EXPECT_EQ(runs.aborted, 0);
  EXPECT_EQ(runs.others, 0);
}

TEST(MemoryFaultTest, EveryRequestFromOneOn) {
  ChildOptions options = FailRequests(1, 2000, 97);
  options.env["FOR_GOOD"] = "1";
  const ChildResult child = RunRequests(options);
  const Runs runs = Count(child.console);
  EXPECT_GT(runs.aborted, 0) << child;
  EXPECT_EQ(runs.others, 0) << child;
}

}  // namespace
}  // namespace leaktrap
