// A test that leaves thousands behind gets a report that can be read: each
// place that made some, and how many.

#include <cstddef>
#include <string>
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
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Lt;
using testing::SizeIs;

constexpr char kChild[] = "testing/leaktrap/children/thousands_child";

std::string ReportOf(const std::string& test) {
  ChildOptions options;
  options.args = {"--gtest_filter=" + test};
  // It tells of threads that nobody joined, too, and has an exit code for it.
  options.env["TSAN_OPTIONS"] = "report_thread_leaks=0";
  const ChildResult child = RunChild(kChild, options);
  EXPECT_THAT(child, ExitedWith(1));
  const std::vector<std::string> failures = child.Test(test).failures;
  EXPECT_THAT(failures, SizeIs(1)) << child;
  const std::string report = failures.empty() ? "" : failures.front();
  EXPECT_THAT(report.size(), Lt(8000u));
  return report;
}

TEST(ThousandsTest, ThreadsOfTwoMakers) {
  const std::string report = ReportOf("Thousands.Threads");
  EXPECT_THAT(report,
              AllOf(HasSubstr("left behind 3000 threads:"),
                    ContainsRegex("\n  2000 threads, named "),
                    ContainsRegex("\n  1000 threads, named "),
                    HasSubstr("StartReader testing/leaktrap/"),
                    HasSubstr("StartWriter testing/leaktrap/"),
                    HasSubstr("and 1997 more"), HasSubstr("and 997 more")));
}

TEST(ThousandsTest, DescriptorsOfTwoMakers) {
  const std::string report = ReportOf("Thousands.Descriptors");
  EXPECT_THAT(report, AllOf(HasSubstr("left behind 3000 descriptors:"),
                            HasSubstr("\n  2000 descriptors, character "
                                      "devices at /dev/null:"),
                            HasSubstr("\n  1000 descriptors, eventfds:"),
                            HasSubstr("OpenNull testing/leaktrap/"),
                            HasSubstr("OpenEvent testing/leaktrap/")));
}

TEST(ThousandsTest, ThreadsThatNobodyJoined) {
  const std::string report = ReportOf("Thousands.FinishedThreads");
  EXPECT_THAT(report,
              AllOf(HasSubstr("left behind 2000 threads:"),
                    HasSubstr("finished, and never joined or detached:"),
                    HasSubstr("and 1997 more")));
}

}  // namespace
}  // namespace leaktrap
