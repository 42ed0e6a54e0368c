// Each scenario is caught, and the report names the line that made what was
// left, and the one where a thread waits; its fixed twin passes. In the build
// of the environment variable SCENARIOS.

#include <cstdlib>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/scenarios/marked_lines.h"
#include "leaktrap/scenarios/named_lines.h"

namespace leaktrap::scenarios {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::Value;

constexpr char kFolder[] = "testing/leaktrap/scenarios/";

// "file:line" of the line that ends in "// WORD: NAME".
std::string Marked(const std::string& word, const std::string& name) {
  std::vector<std::string> sources;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string path = entry.path();
    if (Value(path, EndsWith("_for_test.cc"))) sources.push_back(path);
  }
  return MarkedLines(sources, word).at(name);
}

enum class Recorder { kOn, kOff };

ChildResult Run(Recorder recorder, const std::vector<std::string>& arguments) {
  ChildOptions options;
  options.args = arguments;
  if (recorder == Recorder::kOff) options.env["LEAKTRAP_RECORD"] = "off";
  // It sees a thread that was never joined too, at the end, and would change
  // the exit code.
  options.env["TSAN_OPTIONS"] = "report_thread_leaks=0";
  const char* const build = std::getenv("SCENARIOS");
  if (build == nullptr) throw std::runtime_error("no SCENARIOS to run");
  return RunChild(std::string(kFolder) + build, options);
}

// Of all scenarios.
const ChildResult& TheRun(Recorder recorder) {
  static const ChildResult recorded = Run(Recorder::kOn, {});
  static const ChildResult not_recorded = Run(Recorder::kOff, {});
  return recorder == Recorder::kOn ? recorded : not_recorded;
}

struct Scenario {
  const char* name;
  const char* says;
  const char* says_too = "";
  // /proc does not show it.
  bool needs_recorder = false;

  friend std::ostream& operator<<(std::ostream& os, const Scenario& scenario) {
    return os << scenario.name;
  }
};

const Scenario kScenarios[] = {
    {"ContinuesPastFcntl", "1 descriptor:", "TCP socket"},
    {"Detached", "1 thread:", "sleeping"},
    {"DiesMidConnect", "1 descriptor:", "SYN_SENT"},
    {"DupKept", "1 descriptor:", "pipe"},
    {"EpollTwice", "1 descriptor:", ": epoll\n"},
    {"EventfdKept", "1 descriptor:", ": eventfd\n"},
    {"FlushOnly", "1 descriptor:", "scenario.log"},
    {"KeepsCloseWait", "1 descriptor:", " CLOSE_WAIT\n"},
    {"LostInMove", "1 descriptor:", "memfd \"replaced\""},
    {"NeverJoined", "1 thread:", "finished, and never joined", true},
    {"NeverReaped", "1 process:", "zombie (exited with 127)"},
    {"PipeKept", "2 descriptors:", "write end of a pipe"},
    {"PoolFails", "2 threads:", "sleeping"},
    {"ReturnsBeforeClose", "1 descriptor:", "TCP socket"},
    {"StartsLate", "1 thread:", "sleeping"},
    {"TimerKept", "1 descriptor:", ": timerfd\n"},
    {"WatcherKept", "1 descriptor:", ": inotify\n"},
};

class ScenarioTest : public testing::TestWithParam<Scenario> {
 protected:
  static std::string Leaking() {
    return std::string("Leaking.") + GetParam().name;
  }
  static std::string Fixed() { return std::string("Fixed.") + GetParam().name; }

  static void ExpectLeftBehind(const ChildResult& child) {
    EXPECT_THAT(
        child,
        TestFailed(Leaking(), ElementsAre(AllOf(
                                  HasSubstr("Leaktrap: " + Leaking() +
                                            " left behind " + GetParam().says),
                                  HasSubstr(GetParam().says_too)))));
  }
};

TEST_P(ScenarioTest, IsCaughtWithTheLineThatMadeIt) {
  const ChildResult& child = TheRun(Recorder::kOn);
  ExpectLeftBehind(child);
  const std::string line = Marked("LEAK", GetParam().name);
  for (const std::string& failure : child.Test(Leaking()).failures) {
    EXPECT_THAT(failure, StartsWith(line + "\n"));
    EXPECT_THAT(NamedLines(failure, "made by", kFolder),
                AllOf(Not(IsEmpty()), Each(line)))
        << failure;
    // XML and console say the same.
    EXPECT_THAT(child.console, HasSubstr(failure.substr(failure.find('\n'))));
  }
}

TEST_P(ScenarioTest, IsCaughtWithoutTheRecorder) {
  const ChildResult& child = TheRun(Recorder::kOff);
  if (GetParam().needs_recorder) {
    EXPECT_THAT(child, TestPassed(Leaking()));
    return;
  }
  ExpectLeftBehind(child);
  EXPECT_THAT(child.Test(Leaking()).failures,
              Each(AllOf(Not(HasSubstr("made by")),
                         Not(HasSubstr("origin not recorded")))));
}

TEST_P(ScenarioTest, FixedTwinPasses) {
  for (const Recorder recorder : {Recorder::kOn, Recorder::kOff}) {
    EXPECT_THAT(TheRun(recorder), TestPassed(Fixed()));
  }
}

INSTANTIATE_TEST_SUITE_P(Public, ScenarioTest, testing::ValuesIn(kScenarios),
                         [](const testing::TestParamInfo<Scenario>& info) {
                           return std::string(info.param.name);
                         });

TEST(ScenariosTest, NoneIsForgottenAndAllElseIsWell) {
  std::set<std::string> expected = {"DoubleClose", "ClosesAnothers"};
  for (const Scenario& scenario : kScenarios) expected.insert(scenario.name);
  for (const Recorder recorder : {Recorder::kOn, Recorder::kOff}) {
    const ChildResult& child = TheRun(recorder);
    EXPECT_THAT(child, AllOf(ExitedWith(1), FailuresOutsideTests(IsEmpty())));
    std::map<std::string, std::set<std::string>> found;
    for (const child::TestResult& test : child.tests) {
      found[test.suite].insert(test.name);
    }
    EXPECT_EQ(found["Leaking"], expected);
    EXPECT_EQ(found["Fixed"], expected);
    EXPECT_EQ(found.size(), 2);
  }
}

TEST(WaitingThreadTest, NamesTheLineWhereItWaits) {
  for (const std::string name : {"Detached", "PoolFails", "StartsLate"}) {
    const std::string line = Marked("WAIT", name);
    for (const Recorder recorder : {Recorder::kOn, Recorder::kOff}) {
      const ChildResult& child = TheRun(recorder);
      ASSERT_THAT(child, TestFailed("Leaking." + name));
      const std::string& failure =
          child.Test("Leaking." + name).failures.front();
      EXPECT_THAT(NamedLines(failure, "now in ", kFolder), ElementsAre(line))
          << failure;
    }
  }
}

constexpr char kClosedTwice[] =
    "Leaking.DoubleClose closed a descriptor that was closed already";
constexpr char kClosedAnothers[] =
    "Leaking.ClosesAnothers closed 1 descriptor that it had not opened:";

TEST(DoubleCloseTest, IsOnlyANoteUnlessStrict) {
  const ChildResult& child = TheRun(Recorder::kOn);
  for (const char* test : {"Leaking.DoubleClose", "Leaking.ClosesAnothers",
                           "Fixed.DoubleClose", "Fixed.ClosesAnothers"}) {
    EXPECT_THAT(child, TestPassed(test));
  }
  for (const std::string text : {kClosedTwice, kClosedAnothers}) {
    EXPECT_THAT(child, Console(HasSubstr("only a note without "
                                         "--leaktrap_strict: " +
                                         text)));
  }
  EXPECT_THAT(child, Console(Not(HasSubstr("Fixed.DoubleClose closed"))));
  EXPECT_THAT(child, Console(Not(HasSubstr("Fixed.ClosesAnothers closed"))));
}

ChildResult RunStrict(Recorder recorder) {
  return Run(recorder, {"--leaktrap_strict",
                        "--gtest_filter=*.DoubleClose:*.ClosesAnothers"});
}

void ExpectLine(const std::string& failure, const std::string& headline,
                const std::string& line) {
  EXPECT_THAT(NamedLines(failure, headline, kFolder), ElementsAre(line))
      << failure;
}

TEST(DoubleCloseTest, OfAnothersNumberNamesMakerAndBothPlaces) {
  const ChildResult child = RunStrict(Recorder::kOn);
  EXPECT_THAT(child, AllOf(ExitedWith(1), TestPassed("Fixed.DoubleClose"),
                           FailuresOutsideTests(IsEmpty())));
  ASSERT_THAT(child, TestFailed("Leaking.DoubleClose",
                                ElementsAre(HasSubstr(kClosedTwice))));
  const std::string failure =
      child.Test("Leaking.DoubleClose").failures.front();
  ExpectLine(failure, "made by open()", Marked("LEAK", "DoubleClose"));
  ExpectLine(failure, "closed first at", Marked("CLOSE", "DoubleClose"));
  ExpectLine(failure, "and again, on", Marked("AGAIN", "DoubleClose"));
}

TEST(DoubleCloseTest, OfWhatTheTestDidNotOpenNamesMakerAndPlace) {
  const ChildResult child = RunStrict(Recorder::kOn);
  EXPECT_THAT(child, TestPassed("Fixed.ClosesAnothers"));
  ASSERT_THAT(child, TestFailed("Leaking.ClosesAnothers",
                                ElementsAre(HasSubstr(kClosedAnothers))));
  const std::string failure =
      child.Test("Leaking.ClosesAnothers").failures.front();
  ExpectLine(failure, "made by open()", Marked("LEAK", "ClosesAnothers"));
  ExpectLine(failure, "closed on thread", Marked("CLOSE", "ClosesAnothers"));
}

// That a number is free where it was taken shows in /proc too.
TEST(DoubleCloseTest, WithoutTheRecorder) {
  const ChildResult child = RunStrict(Recorder::kOff);
  EXPECT_THAT(
      child,
      AllOf(ExitedWith(1), TestPassed("Leaking.DoubleClose"),
            TestPassed("Fixed.DoubleClose"), TestPassed("Fixed.ClosesAnothers"),
            TestFailed("Leaking.ClosesAnothers",
                       ElementsAre(AllOf(HasSubstr(kClosedAnothers),
                                         Not(HasSubstr("made by")))))));
}

}  // namespace
}  // namespace leaktrap::scenarios
