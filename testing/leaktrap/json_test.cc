// What the JSON report of a run says.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "child/child_matchers.h"
#include "child/process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/json_child_run.h"

namespace leaktrap::internal {
namespace {

using child::AllPassed;
using child::Console;
using child::ExitedWith;
using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class JsonTest : public JsonChildTest {};

TEST_F(JsonTest, TheHeadSaysWhichRunItIs) {
  Run("leaks_child", "Clean.Descriptor", {"--leaktrap_mode=processes:off"});
  EXPECT_EQ(report_["schema"].string(), "leaktrap");
  EXPECT_EQ(report_["version"].integer(), 1);
  EXPECT_THAT(report_["program"].string(), EndsWith("children/leaks_child"));
  EXPECT_GT(report_["pid"].integer(), 1);
  EXPECT_GT(report_["started_ms"].integer(), 1'600'000'000'000);
  EXPECT_TRUE(report_["recorded"].boolean());
  EXPECT_EQ(report_["modes"]["threads"].string(), "fail");
  EXPECT_EQ(report_["modes"]["processes"].string(), "off");
  EXPECT_FALSE(report_.Has("shard"));
  EXPECT_FALSE(report_.Has("target"));
}

TEST_F(JsonTest, EachTestHasAnEntryAndTheSummaryIsLast) {
  Run("leaks_child", "Leak.Thread:Clean.*", {"--gtest_repeat=2"});
  std::vector<std::string> told;
  for (const Json& entry : report_["entries"].array()) {
    const std::string kind = entry["entry"].string();
    told.push_back(kind == "summary"
                       ? kind
                       : kind + std::to_string(entry["iteration"].integer()) +
                             " " + entry["verdict"].string());
  }
  const std::string clean0 = "test0 clean";
  const std::string clean1 = "test1 clean";
  // GoogleTest sets up its environments once.
  EXPECT_THAT(told, ElementsAre("test0 failed", "suite0 clean", clean0, clean0,
                                clean0, clean0, clean0, "suite0 clean",
                                "test1 failed", "suite1 clean", clean1, clean1,
                                clean1, clean1, clean1, "suite1 clean",
                                "program1 clean", "run1 clean", "summary"));
  const Json summary = Entries("summary").front();
  EXPECT_EQ(summary["tests"].integer(), 12);
  EXPECT_EQ(summary["leaks"].integer(), 2);
  EXPECT_EQ(summary["tolerated"].integer(), 0);
  EXPECT_FALSE(summary["all_tests_ran"].boolean());
  EXPECT_FALSE(summary.Has("unused_rules"));
  // Console and verdicts are what they are without a report.
  EXPECT_THAT(child_, AllOf(ExitedWith(1), Console(Not(HasSubstr("JSON")))));
}

TEST_F(JsonTest, ACleanEntryIsShort) {
  Run("leaks_child", "Clean.Descriptor");
  EXPECT_THAT(Test("Clean.Descriptor").keys(),
              ElementsAre("entry", "suite", "test", "iteration", "verdict",
                          "looks", "waited_ns", "ended", "took_ns", "alive"));
#ifdef __SANITIZE_THREAD__  // that has a thread of its own
  constexpr int kThreads = 2;
#else
  constexpr int kThreads = 1;
#endif
  EXPECT_EQ(Test("Clean.Descriptor")["alive"]["threads"].integer(), kThreads);
  EXPECT_GE(Test("Clean.Descriptor")["alive"]["descriptors"].integer(), 3);
  EXPECT_GT(Test("Clean.Descriptor")["took_ns"].integer(), 0);
}

TEST_F(JsonTest, ALeakFieldByField) {
  Run("leaks_child", "Leak.Descriptor:Leak.ManyAlike");
  const Json entry = Test("Leak.Descriptor");
  EXPECT_EQ(entry["verdict"].string(), "failed");
  EXPECT_EQ(entry["ended"].string(), "proof");
  EXPECT_EQ(entry["looks"].integer(), 2);
  EXPECT_THAT(entry["file"].string(), EndsWith("leaks_child.cc"));
  ASSERT_EQ(entry["leaks"].size(), 1);
  const Json& leak = entry["leaks"][0];
  EXPECT_EQ(leak["kind"].string(), "descriptor");
  EXPECT_GT(leak["number"].integer(), 2);
  EXPECT_EQ(leak["name"].string(), "/dev/null");
  EXPECT_THAT(leak["description"].string(),
              HasSubstr(": character device /dev/null"));
  EXPECT_EQ(leak["likeness"].string(), "character devices at /dev/null");
  EXPECT_EQ(leak["release"].string(), "close it (close(2))");
  EXPECT_EQ(leak["origin"]["call"].string(), "open");
  EXPECT_EQ(leak["origin"]["tid"].integer(), report_["pid"].integer());
  EXPECT_THAT(leak["blamed"]["file"].string(), EndsWith("leaks_child.cc"));
  const Json& stack = entry["stacks"][leak["origin"]["stack"].integer()];
  EXPECT_THAT(stack[0]["function"].string(), HasSubstr("OpenNull"));
  EXPECT_EQ(stack[0]["line"].integer(), leak["blamed"]["line"].integer());

  const Json many = Test("Leak.ManyAlike");
  EXPECT_EQ(many["leaks"].size(), 50);
  EXPECT_EQ(many["leaks"][49]["group"].integer(), 1);
  EXPECT_EQ(many["leaks"][49]["finding"].integer(), 50);
  EXPECT_EQ(many["stacks"].size(), 1);
}

TEST_F(JsonTest, WhatBelongsTogetherIsOneFinding) {
  Run("leaks_child", "Leak.ConnectionAndItsDescriptor");
  const Json entry = Test("Leak.ConnectionAndItsDescriptor");
  ASSERT_EQ(entry["leaks"].size(), 2);
  EXPECT_EQ(entry["leaks"][0]["part"].string(), "root");
  EXPECT_EQ(entry["leaks"][1]["part"].string(), "part");
  EXPECT_EQ(entry["leaks"][1]["finding"].integer(), 1);
  EXPECT_EQ(entry["alive"]["connections"].integer(), 1);
}

TEST_F(JsonTest, WithoutTheRecorderThereIsNoOrigin) {
  options_.env["LEAKTRAP_RECORD"] = "off";
  Run("leaks_child", "Leak.Descriptor");
  EXPECT_FALSE(report_["recorded"].boolean());
  EXPECT_FALSE(Test("Leak.Descriptor")["leaks"][0].Has("origin"));
}

TEST_F(JsonTest, WhatIsToleratedOrOnlyReported) {
  Run("leaks_child", "Leak.Thread:Leak.Descriptor",
      {"--leaktrap_tolerate=threads:1", "--leaktrap_mode=descriptors:report"});
  const Json thread = Test("Leak.Thread");
  EXPECT_EQ(thread["verdict"].string(), "tolerated");
  EXPECT_EQ(thread["ended"].string(), "tolerated");
  EXPECT_EQ(thread["tolerated"][0]["kind"].string(), "thread");
  EXPECT_EQ(thread["tolerated"][0]["reason"].string(),
            "from --leaktrap_tolerate");
  const Json descriptor = Test("Leak.Descriptor");
  EXPECT_EQ(descriptor["verdict"].string(), "noted");
  EXPECT_EQ(descriptor["only_reported"][0]["name"].string(), "/dev/null");
}

TEST_F(JsonTest, Limits) {
  Run("leaks_child", "Limit.MaxIdle");
  const Json scope = Entries("scope").front();
  EXPECT_EQ(scope["verdict"].string(), "failed");
  EXPECT_THAT(scope["exceeded"][0].string(), HasSubstr("MaxIdle(\"db\", 1)"));
  EXPECT_EQ(Entries("summary").front()["exceeded"].integer(), 1);
}

TEST_F(JsonTest, ScopesOfATest) {
  Run("scopes_child", "Scope.InnerAndOuterAndTest:Scope.Clean");
  const std::vector<Json> scopes = Entries("scope");
  ASSERT_THAT(scopes, SizeIs(3));
  for (const Json& scope : scopes) {
    EXPECT_EQ(scope["suite"].string(), "Scope");
    EXPECT_THAT(scope["file"].string(), EndsWith("scopes_child.cc"));
  }
  EXPECT_EQ(scopes[0]["test"].string(), "Clean");
  EXPECT_EQ(scopes[0]["verdict"].string(), "clean");
  // The inner one ends first.
  EXPECT_GT(scopes[1]["line"].integer(), scopes[2]["line"].integer());
  EXPECT_EQ(scopes[1]["verdict"].string(), "failed");
  EXPECT_EQ(scopes[2]["verdict"].string(), "failed");
  EXPECT_EQ(Test("Scope.InnerAndOuterAndTest")["verdict"].string(), "clean");
}

TEST_F(JsonTest, WhySomethingIsOnlyNoted) {
  Run("outcomes_child", "Outcome.Fails:Outcome.ThrowsAsItShouldThroughAScope");
  EXPECT_EQ(Test("Outcome.Fails")["verdict"].string(), "noted");
  EXPECT_EQ(Test("Outcome.Fails")["only_noted_since"].string(),
            "the test has failed before");
  const Json scope = Entries("scope").front();
  EXPECT_EQ(scope["verdict"].string(), "noted");
  EXPECT_FALSE(scope["is_last_word"].boolean());
  EXPECT_EQ(Test("Outcome.ThrowsAsItShouldThroughAScope")["verdict"].string(),
            "failed");
}

TEST_F(JsonTest, SuitesAndTheProgram) {
  options_.env["ENVIRONMENT_LEAKS"] = "1";
  Run("suites_child");
  std::vector<std::string> failed;
  for (const Json& suite : Entries("suite")) {
    EXPECT_FALSE(suite.Has("test"));
    if (suite["verdict"].string() == "failed") {
      failed.push_back(suite["suite"].string());
    }
  }
  EXPECT_THAT(failed, ElementsAre("SuiteThatLeaks"));
  ASSERT_THAT(Entries("program"), SizeIs(1));
  EXPECT_EQ(Entries("program").front()["leaks"].size(), 1);
  EXPECT_TRUE(Entries("summary").front()["all_tests_ran"].boolean());
  EXPECT_THAT(Entries("summary").front()["unused_rules"].array(), IsEmpty());
}

TEST_F(JsonTest, WhatOnlyTheRecorderSees) {
  Run("origins_child",
      "SuiteDescriptor.ClosedOnly:TwiceClosed.*:Descent.*:"
      "Late.*:Replacement.*");
  const Json foreign = Test("SuiteDescriptor.ClosedOnly");
  EXPECT_EQ(foreign["verdict"].string(), "noted");
  EXPECT_EQ(foreign["foreign_releases"][0]["made"]["call"].string(), "open");
  EXPECT_TRUE(foreign["foreign_releases"][0].Has("stack"));

  const Json repeated = Test("TwiceClosed.ByTheTest")["repeated_releases"][0];
  EXPECT_TRUE(repeated.Has("first_stack"));
  EXPECT_TRUE(repeated.Has("stack"));

  const Json charged = Test("Descent.IsChargedWithItsOwnOnly");
  EXPECT_EQ(charged["verdict"].string(), "noted");
  EXPECT_THAT(charged["charged_elsewhere"][0]["hint"].string(),
              HasSubstr("Descent.LeaksAThread left behind"));

  const Json late = Test("Late.Releases");
  EXPECT_THAT(late["late_releases"][0]["what"].string(),
              HasSubstr("/dev/null"));
  EXPECT_EQ(late["late_releases"][0]["left_behind_by"].string(), "Late.Leaks");

  const Json scope = Entries("scope").front();
  EXPECT_EQ(scope["replacing"][0]["name"].string(), "/dev/null");
}

TEST_F(JsonTest, ARunThatCouldNotLookSaysSo) {
  Run("leaks_child", "Leak.Thread", {"--leaktrap_mode=on"});
  ASSERT_EQ(report_["entries"].size(), 1);
  EXPECT_EQ(report_["entries"][0]["entry"].string(), "error");
  EXPECT_THAT(report_["entries"][0]["error"].string(),
              HasSubstr("--leaktrap_mode: \"on\" is no mode"));

  Run("probe_child", "Lock.ProbeGoesBlind");
  EXPECT_EQ(Test("Lock.ProbeGoesBlind")["verdict"].string(), "could not look");
  EXPECT_THAT(Test("Lock.ProbeGoesBlind")["error"].string(),
              HasSubstr("cannot read the table of locks"));
}

TEST_F(JsonTest, EveryDescriptorUsedUp) {
  Run("exhausted_child");
  const Json entry = Test("Exhausted.EveryDescriptorIsLeaked");
  EXPECT_EQ(entry["verdict"].string(), "failed");
  EXPECT_GT(entry["leaks"].size(), 40);
  EXPECT_EQ(Test("Exhausted.TheNextTestIsClean")["verdict"].string(), "clean");
  EXPECT_THAT(Entries("summary"), SizeIs(1));
  EXPECT_THAT(child_, Console(Not(HasSubstr("JSON"))));
}

TEST_F(JsonTest, HostileNamesAreValidForOthersToo) {
  Run("json_child", "Hostile.*");
  // Names of the kernel's and of pools are fit for a line already.
  EXPECT_THAT(Test("Hostile.ThreadName")["leaks"][0]["name"].string(),
              HasSubstr("\"\\\\n\\x1b\\xff"));
  EXPECT_THAT(Test("Hostile.Path")["leaks"][0]["name"].string(),
              HasSubstr("a\"\\\\n\\x1b[2J\\xff"));
  EXPECT_THAT(Test("Hostile.PoolName")["leaks"][0]["name"].string(),
              SizeIs(testing::Gt(4096)));
  EXPECT_THAT(Entries("scope").front()["tolerated"][0]["reason"].string(),
              AllOf(HasSubstr("a\"\\\n\x1b[2J\xEF\xBF\xBD"),
                    SizeIs(testing::Gt(4096))));
  child::ProcessOptions python;
  python.program = "/usr/bin/env";
  python.args = {"python3", "-c",
                 "import json, sys; d = json.load(open(sys.argv[1], 'rb')); "
                 "print(len(d['entries']), 'entries')",
                 file_};
  python.environment = {"PATH=/usr/bin:/bin"};
  python.timeout = std::chrono::seconds(60);
  const child::ProcessEnd end = child::RunProcess(python);
  EXPECT_EQ(end.exit_code, 0) << end.output;
  EXPECT_EQ(end.output,
            std::to_string(report_["entries"].size()) + " entries\n");
}

TEST_F(JsonTest, AForkedChildWritesNothing) {
  Run("json_child", "Forks.*");
  EXPECT_THAT(Entries("test"), SizeIs(2));
  EXPECT_EQ(Test("Forks.AndTheChildGoesOn")["verdict"].string(), "clean");
  EXPECT_EQ(Test("Forks.DeathTest")["verdict"].string(), "clean");
  EXPECT_THAT(Entries("summary"), SizeIs(1));
}

// Starting a symbolizer takes longer than many a suite.
TEST_F(JsonTest, ACleanRunStartsNoSymbolizer) {
  const auto script = folder_ / "symbolizer";
  std::ofstream(script) << "#!/bin/sh\n: >'" << (folder_ / "started").string()
                        << "'\nexit 1\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  options_.env["LEAKTRAP_SYMBOLIZER"] = script;
  Run("leaks_child", "Clean.*:Leak.Thread", {"--leaktrap_tolerate=threads:1"});
  EXPECT_THAT(child_, AllPassed());
  EXPECT_THAT(folder_.Names(), ElementsAre("report.json", "symbolizer"));
  Run("leaks_child", "Leak.Thread");
  EXPECT_THAT(folder_.Names(),
              ElementsAre("report.json", "started", "symbolizer"));
}

TEST_F(JsonTest, PropertiesInTheXml) {
  options_.xml = false;
  const auto xml = folder_ / "test.xml";
  options_.env["GTEST_OUTPUT"] = "xml:" + xml.string();
  const auto property = [](const char* name, int value) {
    return HasSubstr("<property name=\"leaktrap_" + std::string(name) +
                     "\" value=\"" + std::to_string(value) + "\"/>");
  };
  Run("leaks_child", "Leak.ManyAlike:Leak.Thread",
      {"--leaktrap_tolerate=threads:1"});
  EXPECT_THAT(ReadFile(xml),
              AllOf(property("leaks", 50), property("tolerated", 1),
                    Not(HasSubstr("leaktrap_exceeded"))));
  Run("leaks_child", "SlowLeak.*:Limit.MaxIdle",
      {"--leaktrap_linger=200ms", "--leaktrap_mode=threads:report"});
  EXPECT_THAT(ReadFile(xml),
              AllOf(property("only_reported", 1), property("exceeded", 1),
                    HasSubstr("\"leaktrap_waited_ms\"")));
  // Those of a test's scopes add up.
  Run("scopes_child", "Scope.InALoop");
  EXPECT_THAT(ReadFile(xml), property("leaks", 3));
  Run("probe_child", "Lock.ProbeGoesBlind");
  EXPECT_THAT(ReadFile(xml), property("could_not_look", 1));
  Run("suites_child", "SuiteThatLeaks.*");
  // GoogleTest 1.17 and newer writes a suite's as it writes a test's.
  EXPECT_THAT(ReadFile(xml),
              AnyOf(HasSubstr(" leaktrap_leaks=\"1\""), property("leaks", 1)));
  Run("leaks_child", "Clean.*");
  EXPECT_THAT(ReadFile(xml), Not(HasSubstr("leaktrap_")));
}

void CollectKeys(const Json& json, std::set<std::string>* keys) {
  if (json.IsArray()) {
    for (const Json& item : json.array()) CollectKeys(item, keys);
  } else if (json.IsObject()) {
    for (const std::string& key : json.keys()) {
      keys->insert(key);
      CollectKeys(json[key.c_str()], keys);
    }
  }
}

TEST_F(JsonTest, EveryFieldIsDocumented) {
  options_.env["TEST_TARGET"] = "//a:b";
  std::set<std::string> keys;
  const auto collect = [&] { CollectKeys(report_, &keys); };
  Run("leaks_child", "-SlowLeak.*", {"--leaktrap_tolerate=threads:1"});
  collect();
  Run("origins_child");
  collect();
  Run("outcomes_child");
  collect();
  Run("probe_child");
  collect();
  Run("suites_child");
  collect();
  Run("leaks_child", "*", {"--leaktrap_mode=on"});
  collect();
  EXPECT_THAT(keys, testing::IsSupersetOf(
                        {"leaks", "tolerated", "foreign_releases",
                         "late_releases", "error", "only_noted_since",
                         "exceeded", "origin", "blamed", "unused_rules"}));
  const std::string page = ReadFile("docs/json.md");
  for (const std::string& key : keys) {
    EXPECT_THAT(page, testing::AnyOf(HasSubstr("`" + key + "`"),
                                     HasSubstr("\"" + key + "\"")));
  }
}

}  // namespace
}  // namespace leaktrap::internal
