// Leaktrap only observes: a program that looks at itself sees the same with it
// and without it.

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
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
using child::TestFailed;
using testing::AllOf;
using testing::HasSubstr;

constexpr char kWatched[] = "testing/leaktrap/children/observes_child";
constexpr char kPlain[] =
    "testing/leaktrap/children/observes_without_leaktrap_child";

// The lines of each sort of thing, by its name.
using Lines = std::vector<std::string>;
using Seen = std::map<std::string, Lines>;

struct Observed {
  ChildResult child;
  Seen seen;
};

// Its own descriptor, of which the pages speak.
bool IsReserve(const std::string& text) {
  return text.find("memfd:leaktrap-reserve") != std::string::npos;
}

Observed Observe(const char* binary, const std::string& filter = "*",
                 const std::string& disturb = "") {
  const std::string path = testing::TempDir() + "/observed";
  std::remove(path.c_str());
  // A child of the run before may not have ended yet, and holds a lock on it.
  std::remove((testing::TempDir() + "/locked").c_str());
  ChildOptions options;
  options.args = {"--gtest_filter=" + filter};
  options.env["OBSERVES_FILE"] = path;
  options.env["LEAKTRAP_LINGER"] = "100ms";
  if (!disturb.empty()) options.env["OBSERVES_DISTURB"] = disturb;
  Observed observed;
  observed.child = RunChild(binary, options);
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const size_t tab = line.find('\t');
    if (!IsReserve(line)) {
      observed.seen[line.substr(0, tab)].push_back(line.substr(tab + 1));
    }
  }
  return observed;
}

const Observed& Watched() {
  static const auto* const watched = new Observed(Observe(kWatched));
  return *watched;
}

const Observed& Plain() {
  static const auto* const plain = new Observed(Observe(kPlain));
  return *plain;
}

constexpr const char* kSorts[] = {
    "descriptors",      "environment",    "errno",
    "floating point",   "handlers",       "limits",
    "locale",           "maps",           "next descriptor",
    "pending signals",  "process",        "random numbers",
    "scheduling",       "signal masks",   "signals that came",
    "single threaded",  "threads",        "timers",
    "waits that ended", "working folder",
};

// Empty when all lines are the same, in the same order.
std::string Differences(const Lines& plain, const Lines& other) {
  if (plain == other) return "";
  std::multiset<std::string> lacking(plain.begin(), plain.end());
  std::string text = "other lines, or in another order:\n";
  for (const std::string& line : other) {
    const auto same = lacking.find(line);
    if (same == lacking.end()) {
      text += "+ " + line + "\n";
    } else {
      lacking.erase(same);
    }
  }
  for (const std::string& line : lacking) text += "- " + line + "\n";
  return text;
}

std::string DifferencesIn(const std::string& sort, const Observed& plain,
                          const Observed& other) {
  return Differences(plain.seen.at(sort), other.seen.at(sort));
}

TEST(ObservesTest, TheWatchedOneIsWatched) {
  EXPECT_THAT(Plain().child, AllPassed());
  EXPECT_THAT(Watched().child, ExitedWith(1));
  for (const char* test :
       {"Alone.LeaksADescriptor", "Alone.LeaksADescriptorAndTrapsWhatIsInexact",
        "Alone.LeaksAChild", "Beside.LeaksThreadsThatWait",
        "Beside.LeaksADescriptor"}) {
    EXPECT_THAT(Watched().child, TestFailed(test));
  }
  EXPECT_THAT(Watched().child, Console(AllOf(HasSubstr("now in poll() "),
                                             HasSubstr("11 tests checked, "))));
}

TEST(ObservesTest, EverySortIsCompared) {
  EXPECT_EQ(Plain().seen.size(), std::size(kSorts));
  EXPECT_EQ(Watched().seen.size(), std::size(kSorts));
}

class ObservedSortTest : public testing::TestWithParam<const char*> {};

TEST_P(ObservedSortTest, IsTheSameWithLeaktrap) {
  EXPECT_EQ(DifferencesIn(GetParam(), Plain(), Watched()), "");
}

// That a watcher who does more than look would be seen.
TEST_P(ObservedSortTest, IsNotTheSameWhenDisturbed) {
  const std::string sort = GetParam();
  const char* const filter =
      sort == "waits that ended" ? "Beside.*" : "Alone.Passes*";
  const Observed plain = Observe(kPlain, filter);
  const Observed disturbed = Observe(kPlain, filter, sort);
  EXPECT_THAT(plain.child, AllPassed());
  EXPECT_THAT(disturbed.child, AllPassed());
  EXPECT_THAT(DifferencesIn(sort, plain, disturbed), HasSubstr("\n+ "));
}

INSTANTIATE_TEST_SUITE_P(Sorts, ObservedSortTest, testing::ValuesIn(kSorts),
                         [](const auto& sort) {
                           std::string name = sort.param;
                           for (char& c : name) {
                             if (c == ' ') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace leaktrap
