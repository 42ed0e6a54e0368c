// Where the JSON report goes, and that it is valid whatever becomes of the run.

#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::AllPassed;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::KilledBy;
using child::RunChild;
using child::TestFailed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

class JsonFileTest : public JsonChildTest {
 protected:
  ChildResult RunWith(const std::vector<std::string>& args,
                      const std::string& binary = "leaks_child") {
    options_.args = args;
    return RunChild(PathOf(binary), options_);
  }
};

constexpr char kClean[] = "--gtest_filter=Clean.*";

TEST_F(JsonFileTest, UnderBazelItIsAmongTheOutputs) {
  options_.env["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_.path();
  options_.env["TEST_TARGET"] = "//a:b";
  EXPECT_THAT(RunWith({kClean}), AllPassed());
  EXPECT_THAT(folder_.Names(), ElementsAre("leaktrap.json"));
  const Json report = Json::Parse(ReadFile(folder_ / "leaktrap.json"));
  EXPECT_EQ(report["target"].string(), "//a:b");
}

// A test that runs a second program with tests of its own hands its environment
// on: neither overwrites the other's.
TEST_F(JsonFileTest, UnderBazelAnotherProgramHasAFileOfItsOwn) {
  options_.env["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_.path();
  EXPECT_THAT(RunWith({"--gtest_filter=Leak.Descriptor"}), ExitedWith(1));
  EXPECT_THAT(RunWith({kClean, "--gtest_repeat=2"}), AllPassed());
  const std::vector<std::string> names = folder_.Names();
  ASSERT_THAT(names, ElementsAre(MatchesRegex("leaktrap-pid-[0-9]+\\.json"),
                                 "leaktrap.json"));
  const auto is_failed = [&](const std::string& name) {
    const std::string text = ReadFile(folder_ / name);
    return text.find("\"failed\"") != std::string::npos;
  };
  EXPECT_FALSE(is_failed(names[0]));
  EXPECT_TRUE(is_failed(names[1]));
}

// Nobody may even know that there is one.
TEST_F(JsonFileTest, UnderBazelOneThatCannotBeWrittenIsOnlyTold) {
  options_.env["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_ / "none";
  EXPECT_THAT(RunWith({kClean}),
              AllOf(AllPassed(), Console(HasSubstr("Leaktrap could not write "
                                                   "its JSON report to "))));
}

TEST_F(JsonFileTest, TheFlagWinsOverBazelAndTheVariable) {
  options_.env["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_.path();
  options_.env["LEAKTRAP_JSON"] = folder_ / "variable.json";
  EXPECT_THAT(RunWith({kClean}), AllPassed());
  EXPECT_THAT(folder_.Names(), ElementsAre("variable.json"));
  EXPECT_THAT(
      RunWith({kClean, "--leaktrap_json=" + (folder_ / "flag.json").string()}),
      AllPassed());
  EXPECT_THAT(folder_.Names(), ElementsAre("flag.json", "variable.json"));
}

TEST_F(JsonFileTest, AnEmptyPathSwitchesItOff) {
  options_.env["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_.path();
  EXPECT_THAT(RunWith({kClean, "--leaktrap_json="}), AllPassed());
  EXPECT_THAT(RunWith({kClean, "--leaktrap_mode=off"}), AllPassed());
  options_.env["LEAKTRAP_JSON"] = "";
  EXPECT_THAT(RunWith({kClean}), AllPassed());
  EXPECT_THAT(folder_.Names(), IsEmpty());
}

TEST_F(JsonFileTest, APathThatIsForgottenIsAnError) {
  EXPECT_THAT(RunWith({kClean, "--leaktrap_json", "report.json"}),
              AllOf(ExitedWith(1),
                    FailuresOutsideTests(ElementsAre(HasSubstr(
                        "Leaktrap: --leaktrap_json: the path is missing; write "
                        "--leaktrap_json=PATH")))));
}

TEST_F(JsonFileTest, EachShardHasAFile) {
  const std::vector<std::string> args = {
      kClean, "--leaktrap_json=" + (folder_ / "my.report.json").string()};
  for (const char* index : {"0", "1", "2"}) {
    options_.env = {{"TEST_UNDECLARED_OUTPUTS_DIR", folder_.path()}};
    // As Bazel sets them.
    for (const std::string prefix : {"TEST_", "GTEST_"}) {
      options_.env[prefix + "SHARD_INDEX"] = index;
      options_.env[prefix + "TOTAL_SHARDS"] = "3";
    }
    EXPECT_THAT(RunWith({kClean}), AllPassed());
    EXPECT_THAT(RunWith(args), AllPassed());
  }
  EXPECT_THAT(
      folder_.Names(),
      ElementsAre("leaktrap-shard-1-of-3.json", "leaktrap-shard-2-of-3.json",
                  "leaktrap-shard-3-of-3.json", "my.report-shard-1-of-3.json",
                  "my.report-shard-2-of-3.json",
                  "my.report-shard-3-of-3.json"));
  int tests = 0;
  for (int number = 1; number <= 3; ++number) {
    const Json report = Json::Parse(ReadFile(
        folder_ / ("leaktrap-shard-" + std::to_string(number) + "-of-3.json")));
    EXPECT_EQ(report["shard"]["number"].integer(), number);
    EXPECT_EQ(report["shard"]["total"].integer(), 3);
    for (const Json& entry : report["entries"].array()) {
      if (entry["entry"].string() == "test") ++tests;
    }
  }
  EXPECT_EQ(tests, 5);
}

TEST_F(JsonFileTest, ARelativePathStaysWhereTheRunBegan) {
  options_.working_dir = folder_.path();
  options_.env["TEST_SRCDIR"] = std::getenv("TEST_SRCDIR");
  RunWith({"--gtest_filter=Moves.*", "--leaktrap_json=report.json"},
          "json_child");
  EXPECT_THAT(folder_.Names(), ElementsAre("report.json"));
  report_ = Json::Parse(ReadFile(file_));
  EXPECT_EQ(Test("Moves.ToAnotherFolder")["verdict"].string(), "failed");
  EXPECT_EQ(Test("Moves.IsElsewhere")["verdict"].string(), "clean");
}

TEST_F(JsonFileTest, ATestThatIsKilledLeavesWhatWasBefore) {
  Run("json_child", "Killed.*");
  EXPECT_THAT(child_, KilledBy(SIGKILL));
  EXPECT_EQ(report_["entries"].size(), 1);
  EXPECT_EQ(Test("Killed.Leaks")["verdict"].string(), "failed");
  EXPECT_THAT(Entries("summary"), IsEmpty());
  EXPECT_THAT(folder_.Names(), ElementsAre("report.json"));
}

TEST_F(JsonFileTest, IsValidWheneverTheRunIsKilled) {
  options_.xml = false;  // GoogleTest's own may be cut short
  for (int lines : {1, 2, 7, 30, 100, 300}) {
    std::filesystem::remove(file_);
    // Kills it as soon as the report is so long.
    options_.wrapper = {"/bin/sh", "-c",
                        "\"$0\" \"$@\" & while ! { sed -n '" +
                            std::to_string(lines) + "{p;q}' '" +
                            file_.string() +
                            "' | grep -q .; } 2>/dev/null; do sleep 0.001; "
                            "done; kill -KILL $!; wait $!"};
    EXPECT_THAT(
        RunWith({"--gtest_filter=Clean.*:Leak.Descriptor", "--gtest_repeat=-1",
                 "--leaktrap_json=" + file_.string()}),
        ExitedWith(128 + SIGKILL));
    report_ = Json::Parse(ReadFile(file_));
    EXPECT_GE(report_["entries"].size() + 2, lines);
    EXPECT_THAT(Entries("summary"), IsEmpty());
  }
}

// One line at once, a failure at the end, and all verdicts on the console.
TEST_F(JsonFileTest, OneThatCannotBeWrittenFailsTheRun) {
  const std::string nowhere = folder_ / "none" / "report.json";
  const std::string problem =
      "Leaktrap could not write its JSON report to " + nowhere +
      ": No such file or directory; --leaktrap_json=PATH names another file, "
      "--leaktrap_json= none";
  const ChildResult child = RunWith(
      {"--gtest_filter=Clean.*:Leak.Descriptor", "--leaktrap_json=" + nowhere});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(HasSubstr(problem))));
  EXPECT_THAT(child, TestFailed("Leak.Descriptor"));
  const size_t line = child.console.find(problem);
  EXPECT_LT(line, child.console.find("[ RUN      ]"));
  // Once more, as the failure.
  const size_t again = child.console.find(problem, line + 1);
  EXPECT_NE(again, std::string::npos);
  EXPECT_EQ(child.console.find(problem, again + 1), std::string::npos);
  EXPECT_THAT(RunWith({kClean, "--leaktrap_json=" + nowhere}),
              AllOf(ExitedWith(1), Console(HasSubstr(problem))));
}

// A disk of its own, two pages large, in a mount namespace of its own.
TEST_F(JsonFileTest, AFullDiskLosesNoVerdict) {
  const std::string disk = folder_ / "disk";
  std::filesystem::create_directory(disk);
  options_.wrapper = {"/usr/bin/unshare",
                      "--user",
                      "--map-root-user",
                      "--mount",
                      "/bin/sh",
                      "-c",
                      "mount -t tmpfs -o size=8k none '" + disk +
                          "' && { \"$0\" \"$@\"; code=$?; echo REPORT; cat '" +
                          disk + "'/*; exit $code; }"};
  const ChildResult child =
      RunWith({"--gtest_filter=Leak.*", "--leaktrap_json=" + disk + "/a.json"});
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(
                         HasSubstr("/a.json: No space left on device"))));
  EXPECT_THAT(child, TestFailed("Leak.ConnectionOfAPoolThatDied"));
  const std::string mark = "\nREPORT\n";
  const size_t begin = child.console.find(mark);
  ASSERT_NE(begin, std::string::npos);
  // What had room; and nothing else lies there.
  const Json report = Json::Parse(child.console.substr(begin + mark.size()));
  EXPECT_GT(report["entries"].size(), 0);
}

}  // namespace
}  // namespace leaktrap::internal
