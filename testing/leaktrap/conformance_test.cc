// docs/conformance.md, row by row: a test that forgets what it made fails and
// names the maker; one that releases it passes.

#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestResult;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

constexpr const char* kTables[] = {"Files",   "Kernel",    "Libraries",
                                   "Threads", "Processes", "Runtime",
                                   "Rings",   "Limits"};

bool IsRecording() {
  const char* const record = std::getenv("LEAKTRAP_RECORD");
  return record == nullptr || std::string(record) != "off";
}

// Looking up lines takes longer than all else: with one table it is seen that
// there are some.
constexpr char kWithLines[] = "Limits";

ChildResult RunTests(const std::string& filter, const std::string& flag) {
  ChildOptions options;
  options.args = {"--gtest_filter=" + filter, flag};
  if (!IsRecording() || !absl::StartsWith(filter, kWithLines)) {
    options.env["LEAKTRAP_SYMBOLIZER"] = "";
  }
  return RunChild("testing/leaktrap/children/conformance/conformance_child",
                  options);
}

// One of a table of the page.
struct Row {
  std::string name;
  std::string left;  // what the report says is left behind
  std::string call;  // "" if none is recorded
  bool can_be_released = true;
  bool may_be_missing = false;
};

std::string WithoutMarks(std::string code) {
  for (const std::string mark : {"`", "()"}) {
    for (size_t at; (at = code.find(mark)) != std::string::npos;) {
      code.erase(at, mark.size());
    }
  }
  return code;
}

// From "| `dup` | 1 descriptor | `dup()` | `close` |  |".
Row ParseRow(const std::string& text) {
  const std::vector<std::string> cells = absl::StrSplit(text, " | ");
  EXPECT_THAT(cells, SizeIs(5)) << text;
  Row row;
  row.name = WithoutMarks(cells.at(0).substr(2));
  const std::vector<std::string> left =
      absl::StrSplit(cells.at(1), "; without the recorder ");
  row.left = IsRecording() ? left.front() : left.back();
  if (cells.at(2) != "not recorded") row.call = WithoutMarks(cells.at(2));
  row.can_be_released = cells.at(3) != "cannot be";
  row.may_be_missing = absl::StartsWith(cells.at(4), "yes");
  return row;
}

// What the child lists behind each test:
//   Way/dup  # GetParam() = | `dup` | 1 descriptor | `dup()` | `close` |  |
std::vector<Row> RowsOf(const std::string& table) {
  const std::string param = "# GetParam() = ";
  std::vector<Row> rows;
  const ChildResult child = RunTests(table + "/Leak.*", "--gtest_list_tests");
  const std::vector<std::string> lines = absl::StrSplit(child.console, '\n');
  for (const std::string& line : lines) {
    const size_t at = line.find(param);
    if (at == std::string::npos) continue;
    rows.push_back(ParseRow(line.substr(at + param.size())));
  }
  return rows;
}

// The call, and the row's function.
testing::Matcher<const std::string&> TellsTheMakerOf(const Row& row,
                                                     bool with_lines) {
  if (!IsRecording()) return Not(HasSubstr("made by"));
  if (row.call.empty()) {
    return AllOf(HasSubstr("\n    origin not recorded\n"),
                 Not(HasSubstr("made by")));
  }
  return ContainsRegex(absl::StrCat("\n    (made|received) by ", row.call,
                                    "\\(\\)[^\n]* at\n(.*\n)*.*::Make_",
                                    row.name,
                                    with_lines ? " [^\n]*/limits\\.cc:[0-9]+\n"
                                               : " \\(conformance_child\\+0x"));
}

class ConformanceTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    rows_ = RowsOf(GetParam());
    ASSERT_THAT(rows_, Not(IsEmpty()));
  }

  // Runs all tests of a suite of the child's, and hands each that was not
  // skipped to `check`, with its row.
  template <typename Check>
  void Each(const std::string& suite, const std::string& flag, Check check) {
    const std::string full_suite = absl::StrCat(GetParam(), "/", suite);
    const ChildResult child = RunTests(full_suite + ".*", flag);
    EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
    int tried = 0;
    for (const Row& row : rows_) {
      const TestResult& test =
          child.Test(absl::StrCat(full_suite, ".Way/", row.name));
      SCOPED_TRACE(test.full_name());
      if (test.skipped) {
        EXPECT_TRUE(row.may_be_missing || !row.can_be_released)
            << child.console;
      } else {
        EXPECT_TRUE(test.ran);
        check(row, test);
        ++tried;
      }
    }
    if (tried == 0) GTEST_SKIP() << "none of them can be had here";
  }

  std::vector<Row> rows_;
};

TEST_P(ConformanceTest, WhatIsForgottenIsReported) {
  const bool with_lines = std::string(GetParam()) == kWithLines;
  Each("Leak", "--leaktrap_linger=100ms",
       [with_lines](const Row& row, const TestResult& test) {
         if (row.left == "nothing") {
           EXPECT_THAT(test.failures, IsEmpty());
           return;
         }
         EXPECT_THAT(
             test.failures,
             ElementsAre(AllOf(HasSubstr(" left behind " + row.left + ":\n"),
                               TellsTheMakerOf(row, with_lines))));
       });
}

// Threads that are over may take their time to be gone.
TEST_P(ConformanceTest, WhatIsReleasedIsNot) {
  Each("Clean", "--leaktrap_linger=30s",
       [](const Row&, const TestResult& test) {
         EXPECT_THAT(test.failures, IsEmpty());
       });
}

INSTANTIATE_TEST_SUITE_P(Tables, ConformanceTest, testing::ValuesIn(kTables),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

TEST(ConformanceTablesTest, AreAllTried) {
  std::set<std::string> tables;
  const ChildResult child = RunTests("*", "--gtest_list_tests");
  const std::vector<std::string> lines = absl::StrSplit(child.console, '\n');
  for (const std::string& line : lines) {
    if (absl::EndsWith(line, ".")) {
      tables.insert(line.substr(0, line.find('/')));
    }
  }
  EXPECT_THAT(tables, UnorderedElementsAreArray(kTables));
}

}  // namespace
}  // namespace leaktrap
