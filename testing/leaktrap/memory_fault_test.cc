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
using child::Console;
using child::ExitedWith;
using testing::HasSubstr;

struct Runs {
  int failed = 0;   // exit code 1; those that asked for less are not counted
  int aborted = 0;  // SIGABRT
  int others = 0;
};

Runs Count(const std::string& console) {
  Runs runs;
  std::istringstream lines(console);
  bool was_reached = true;
  for (std::string line; std::getline(lines, line);) {
    if (line == "NOT REACHED") was_reached = false;
    if (line.compare(0, 8, "request ") != 0) continue;
    if (!std::exchange(was_reached, true)) continue;
    if (line.find("exit code 1, ") != std::string::npos) {
      ++runs.failed;
    } else if (line.find("signal " + std::to_string(SIGABRT)) !=
               std::string::npos) {
      ++runs.aborted;
    } else {
      ++runs.others;
    }
  }
  return runs;
}

ChildResult FailRequests(int from, int to, int step, bool for_good) {
  ChildOptions options;
  options.env["FROM"] = std::to_string(from);
  options.env["TO"] = std::to_string(to);
  options.env["STEP"] = std::to_string(step);
  if (for_good) options.env["FOR_GOOD"] = "1";
  options.env["LEAKTRAP_SYMBOLIZER"] = "";
  options.xml = false;
  return child::RunChild("testing/leaktrap/children/memory_fault_child",
                         options);
}

TEST(MemoryFaultTest, OneRequestThatFails) {
  const ChildResult first = FailRequests(1, 40, 1, false);
  // To behind the last one, of some 2,650.
  const ChildResult others = FailRequests(40, 3500, 83, false);
  EXPECT_THAT(others, Console(HasSubstr("NOT REACHED")));
  for (const ChildResult& child : {first, others}) {
    EXPECT_THAT(child, ExitedWith(0));
    const Runs runs = Count(child.console);
    EXPECT_GT(runs.failed, 25) << child;
    EXPECT_EQ(runs.aborted, 0) << child;
    EXPECT_EQ(runs.others, 0) << child;
  }
}

TEST(MemoryFaultTest, EveryRequestFromOneOn) {
  const ChildResult child = FailRequests(1, 2000, 97, true);
  EXPECT_THAT(child, ExitedWith(0));
  const Runs runs = Count(child.console);
  EXPECT_GT(runs.aborted, 0) << child;
  EXPECT_EQ(runs.others, 0) << child;
}

}  // namespace
}  // namespace leaktrap
