#include "leaktrap/report/json_report.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/report/json_for_test.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Lt;
using testing::Not;
using testing::SizeIs;

__attribute__((noinline)) Origin OriginHere(uint64_t sequence) {
  Origin origin;
  origin.sequence = sequence;
  origin.call = "open";
  origin.tid = 4711;
  uintptr_t addresses[32];
  const int count = CaptureStack(nullptr, addresses, 32);
  origin.stack.assign(addresses, addresses + count);
  return origin;
}

Resource File(uint64_t number) {
  Resource resource;
  resource.identity = {Kind::kDescriptor, 0, number, {}};
  resource.name = "/tmp/log";
  resource.description = std::to_string(number) + ": file /tmp/log";
  resource.likeness = "files at /tmp/log";
  resource.release = "close it (close(2))";
  return resource;
}

JsonSubject ATest() {
  JsonSubject subject;
  subject.entry = "test";
  subject.suite = "Client";
  subject.test = "Gets";
  subject.file = "client_test.cc";
  subject.line = 12;
  return subject;
}

Verdict ALeak() {
  Verdict verdict;
  verdict.settled = {Ended::kProof, 3, std::chrono::microseconds(120)};
  verdict.judgement.leaks = {File(7)};
  return verdict;
}

std::vector<std::string> Functions(const Json& stack) {
  std::vector<std::string> functions;
  for (const Json& frame : stack.array()) {
    functions.push_back(frame["function"].string());
  }
  return functions;
}

TEST(JsonEntryTest, ACleanTestIsShort) {
  Verdict verdict;
  verdict.settled.looks = 1;
  verdict.took = std::chrono::microseconds(40);
  Sight sight;
  sight.identities = {{Kind::kThread, 0, 42, {1}},
                      {Kind::kThread, 0, 43, {}, 9},  // finished
                      {Kind::kDescriptor, 0, 0, {}},
                      {Kind::kDescriptor, 0, 1, {}}};
  verdict.last_look.seen = std::make_shared<const Sight>(std::move(sight));
  EXPECT_EQ(JsonEntry(ATest(), verdict),
            "{\"entry\":\"test\",\"suite\":\"Client\",\"test\":\"Gets\","
            "\"iteration\":0,\"verdict\":\"clean\",\"looks\":1,\"waited_ns\":0,"
            "\"ended\":\"clean\",\"took_ns\":40000,"
            "\"alive\":{\"threads\":1,\"descriptors\":2}}");
}

TEST(JsonEntryTest, ALeakFieldByField) {
  Verdict verdict = ALeak();
  Resource& leak = verdict.judgement.leaks[0];
  leak.age = std::chrono::milliseconds(1500);
  leak.hint = "a hint";
  leak.descriptors = {3, 4};
  leak.origin = OriginHere(1);
  leak.origin->taken_by = "fdopen";
  JsonSubject subject = ATest();
  subject.iteration = 2;
  const Json entry = Json::Parse(JsonEntry(subject, verdict));
  EXPECT_THAT(entry.keys(),
              ElementsAre("entry", "suite", "test", "iteration", "verdict",
                          "looks", "waited_ns", "ended", "took_ns", "alive",
                          "file", "line", "leaks", "stacks"));
  EXPECT_EQ(entry["iteration"].integer(), 2);
  EXPECT_EQ(entry["verdict"].string(), "failed");
  EXPECT_EQ(entry["looks"].integer(), 3);
  EXPECT_EQ(entry["waited_ns"].integer(), 120000);
  EXPECT_EQ(entry["ended"].string(), "proof");
  EXPECT_EQ(entry["file"].string(), "client_test.cc");
  EXPECT_EQ(entry["line"].integer(), 12);

  const Json& told = entry["leaks"][0];
  EXPECT_THAT(told.keys(),
              ElementsAre("group", "finding", "part", "kind", "number", "name",
                          "description", "likeness", "release", "hint",
                          "age_ns", "descriptors", "origin", "blamed"));
  EXPECT_EQ(told["kind"].string(), "descriptor");
  EXPECT_EQ(told["number"].integer(), 7);
  EXPECT_EQ(told["name"].string(), "/tmp/log");
  EXPECT_EQ(told["description"].string(), "7: file /tmp/log");
  EXPECT_EQ(told["likeness"].string(), "files at /tmp/log");
  // Not what its kind needs, but what its maker does.
  EXPECT_EQ(told["release"].string(), "close its stream (fclose(3))");
  EXPECT_EQ(told["hint"].string(), "a hint");
  EXPECT_EQ(told["age_ns"].integer(), 1'500'000'000);
  EXPECT_EQ(told["descriptors"][1].integer(), 4);
  EXPECT_EQ(told["origin"]["call"].string(), "open");
  EXPECT_EQ(told["origin"]["tid"].integer(), 4711);
  EXPECT_EQ(told["origin"]["taken_by"].string(), "fdopen");

  const Json& stack = entry["stacks"][told["origin"]["stack"].integer()];
  EXPECT_THAT(Functions(stack), Contains(HasSubstr("OriginHere")));
  EXPECT_THAT(stack[0]["file"].string(), HasSubstr("json_report_test.cc"));
  EXPECT_GT(stack[0]["line"].integer(), 0);
  EXPECT_THAT(stack[0]["module"].string(), HasSubstr("json_test"));
  EXPECT_GT(stack[0]["offset"].integer(), 0);
  EXPECT_EQ(told["blamed"]["file"].string(), stack[0]["file"].string());
  EXPECT_EQ(told["blamed"]["line"].integer(), stack[0]["line"].integer());
}

TEST(JsonEntryTest, AMakerThatIsNotKnownIsTold) {
  Verdict verdict = ALeak();
  EXPECT_FALSE(
      Json::Parse(JsonEntry(ATest(), verdict))["leaks"][0].Has("origin"));
  verdict.judgement.leaks[0].origin = Origin();
  EXPECT_TRUE(
      Json::Parse(JsonEntry(ATest(), verdict))["leaks"][0]["origin"].IsNull());
  verdict.judgement.leaks[0].origin = OriginHere(1);
  verdict.judgement.leaks[0].origin->stack.clear();
  verdict.judgement.leaks[0].origin->stack_was_lost = true;
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  EXPECT_THAT(entry["leaks"][0]["origin"].keys(),
              ElementsAre("call", "tid", "stack_was_lost"));
  EXPECT_FALSE(entry.Has("stacks"));
}

TEST(JsonEntryTest, WhatAThreadDoesNow) {
  Verdict verdict = ALeak();
  Resource& leak = verdict.judgement.leaks[0];
  leak.now.emplace();
  leak.now->syscall = "recvfrom";
  leak.now->descriptor = 7;
  leak.now->stack = OriginHere(1).stack;
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  const Json& now = entry["leaks"][0]["now"];
  EXPECT_EQ(now["syscall"].string(), "recvfrom");
  EXPECT_EQ(now["descriptor"].integer(), 7);
  EXPECT_TRUE(now["best_effort"].boolean());
  EXPECT_TRUE(now["is_cut"].boolean());
  EXPECT_THAT(Functions(entry["stacks"][now["stack"].integer()]),
              Contains(HasSubstr("OriginHere")));
  leak.now->certain = leak.now->stack.size();
  EXPECT_FALSE(Json::Parse(JsonEntry(ATest(), verdict))["leaks"][0]["now"].Has(
      "best_effort"));
  leak.now = Activity();
  leak.now->why_not = "it runs";
  EXPECT_EQ(Json::Parse(
                JsonEntry(ATest(), verdict))["leaks"][0]["now"]["why_no_stack"]
                .string(),
            "it runs");
}

TEST(JsonEntryTest, LeaksThatBelongTogetherAreOneFinding) {
  Verdict verdict = ALeak();
  Resource lease;
  lease.identity = {Kind::kConnection, 1, 1, {}};
  lease.descriptors = {8};
  verdict.judgement.leaks = {File(7), lease, File(8), File(9)};
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  std::vector<std::string> told;
  for (const Json& leak : entry["leaks"].array()) {
    told.push_back(std::to_string(leak["group"].integer()) + " " +
                   std::to_string(leak["finding"].integer()) + " " +
                   leak["part"].string() + " " + leak["kind"].string() + " " +
                   std::to_string(leak["number"].integer()));
  }
  EXPECT_THAT(told,
              ElementsAre("1 1 root descriptor 7", "1 2 root descriptor 9",
                          "2 3 root connection 1", "2 3 part descriptor 8"));
}

TEST(JsonEntryTest, EachStackIsToldOnce) {
  Verdict verdict = ALeak();
  verdict.judgement.leaks.clear();
  const Origin maker = OriginHere(1);
  for (int i = 0; i < 20'000; ++i) {
    verdict.judgement.leaks.push_back(File(i));
    verdict.judgement.leaks.back().origin = maker;
  }
  const std::string text = JsonEntry(ATest(), verdict);
  EXPECT_THAT(text, SizeIs(Lt(20'000 * 300)));
  const Json entry = Json::Parse(text);
  EXPECT_EQ(entry["leaks"].size(), 20'000);
  EXPECT_EQ(entry["stacks"].size(), 1);
}

TEST(JsonEntryTest, ToleratedOnesHaveAReasonAndNoStack) {
  Verdict verdict = ALeak();
  verdict.judgement.leaks.clear();
  Resource tolerated = File(7);
  tolerated.origin = OriginHere(1);
  verdict.judgement.tolerated = {{tolerated, "the driver's"}};
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  EXPECT_EQ(entry["verdict"].string(), "tolerated");
  EXPECT_EQ(entry["tolerated"][0]["reason"].string(), "the driver's");
  EXPECT_EQ(entry["tolerated"][0]["name"].string(), "/tmp/log");
  EXPECT_FALSE(entry["tolerated"][0]["origin"].Has("stack"));
  EXPECT_FALSE(entry.Has("stacks"));
}

TEST(JsonEntryTest, NotesOfAllSorts) {
  Verdict verdict;
  verdict.judgement.only_reported = {File(1)};
  verdict.passing = {File(2)};
  verdict.charged_elsewhere = {File(3)};
  verdict.replacing = {File(4)};
  verdict.late = {{"descriptor 5: file", "Client.Puts"}};
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  EXPECT_EQ(entry["verdict"].string(), "noted");
  EXPECT_EQ(entry["only_reported"][0]["number"].integer(), 1);
  EXPECT_EQ(entry["passing"][0]["number"].integer(), 2);
  EXPECT_EQ(entry["charged_elsewhere"][0]["number"].integer(), 3);
  EXPECT_EQ(entry["replacing"][0]["number"].integer(), 4);
  EXPECT_EQ(entry["late_releases"][0]["what"].string(), "descriptor 5: file");
  EXPECT_EQ(entry["late_releases"][0]["left_behind_by"].string(),
            "Client.Puts");
}

TEST(JsonEntryTest, ReleasesWithTheirPlaces) {
  Verdict verdict;
  Release release;
  release.number = 9;
  release.made = OriginHere(1);
  release.tid = 12;
  release.stack = OriginHere(2).stack;
  verdict.foreign_releases = {{{Kind::kDescriptor, 0, 9, {}}, release},
                              {{Kind::kDescriptor, 0, 10, {}}, std::nullopt}};
  release.first_at = release.stack[0];
  verdict.repeated_releases = {release};
  JsonSubject subject = ATest();
  const Json entry = Json::Parse(JsonEntry(subject, verdict));
  EXPECT_EQ(entry["verdict"].string(), "noted");
  const Json& foreign = entry["foreign_releases"];
  EXPECT_EQ(foreign[0]["number"].integer(), 9);
  EXPECT_EQ(foreign[0]["tid"].integer(), 12);
  EXPECT_EQ(foreign[0]["made"]["call"].string(), "open");
  EXPECT_THAT(foreign[1].keys(), ElementsAre("kind", "number"));
  const Json& repeated = entry["repeated_releases"][0];
  EXPECT_EQ(repeated["number"].integer(), 9);
  for (const char* key : {"stack", "first_stack"}) {
    EXPECT_THAT(Functions(entry["stacks"][repeated[key].integer()]),
                Contains(HasSubstr("OriginHere")));
  }
  subject.strict = true;
  EXPECT_EQ(Json::Parse(JsonEntry(subject, verdict))["verdict"].string(),
            "failed");
}

TEST(JsonEntryTest, Limits) {
  Verdict verdict;
  verdict.exceeded = {"pool \"db\" keeps 2"};
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  EXPECT_EQ(entry["verdict"].string(), "failed");
  EXPECT_EQ(entry["exceeded"][0].string(), "pool \"db\" keeps 2");
  EXPECT_TRUE(entry["exceeded_fails"].boolean());
  verdict.limits_only_reported = true;
  EXPECT_EQ(Json::Parse(JsonEntry(ATest(), verdict))["verdict"].string(),
            "noted");
}

TEST(JsonEntryTest, WhatOnlyNotesSaysWhy) {
  JsonSubject subject = ATest();
  subject.only_noted = "the test was skipped";
  subject.is_last_word = false;
  const Json entry = Json::Parse(JsonEntry(subject, ALeak()));
  EXPECT_EQ(entry["verdict"].string(), "noted");
  EXPECT_EQ(entry["only_noted_since"].string(), "the test was skipped");
  EXPECT_FALSE(entry["is_last_word"].boolean());
}

TEST(JsonEntryTest, WhatARunOfItsOwnShowed) {
  JsonSubject subject = ATest();
  EXPECT_FALSE(Json::Parse(JsonEntry(subject, ALeak())).Has("confirmed"));
  subject.confirmed = "confirmed: 1 more in each of 3 rounds";
  EXPECT_EQ(Json::Parse(JsonEntry(subject, ALeak()))["confirmed"].string(),
            subject.confirmed);
}

TEST(JsonEntryTest, ALookThatCouldNotLookIsNeverClean) {
  Verdict verdict = ALeak();
  verdict.error = "cannot open /proc";
  const Json entry = Json::Parse(JsonEntry(ATest(), verdict));
  EXPECT_EQ(entry["verdict"].string(), "could not look");
  EXPECT_EQ(entry["error"].string(), "cannot open /proc");
  EXPECT_EQ(entry["leaks"].size(), 1);
  EXPECT_FALSE(entry.Has("alive"));
  EXPECT_EQ(Json::Parse(JsonError("cannot \"look\""))["error"].string(),
            "cannot \"look\"");
}

TEST(JsonEntryTest, ACleanScopeHasItsPlace) {
  JsonSubject subject = ATest();
  subject.entry = "scope";
  EXPECT_EQ(Json::Parse(JsonEntry(subject, Verdict()))["line"].integer(), 12);
}

TEST(JsonEntryTest, HostileNamesAreValid) {
  std::string hostile = "\"\\\n\r\x1b[31m\xff\xfe";
  hostile += std::string("\0", 1) + std::string(4096, '\x80');
  Verdict verdict = ALeak();
  Resource& leak = verdict.judgement.leaks[0];
  leak.name = leak.description = leak.likeness = leak.release = leak.hint =
      hostile;
  leak.origin = OriginHere(1);
  leak.origin->call = leak.origin->taken_by = hostile;
  verdict.judgement.tolerated = {{leak, hostile}};
  verdict.late = {{hostile, hostile}};
  verdict.exceeded = {hostile};
  verdict.error = hostile;
  JsonSubject subject = ATest();
  subject.suite = subject.test = subject.file = subject.only_noted = hostile;
  const std::string text = JsonEntry(subject, verdict);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const Json entry = Json::Parse(text);
  EXPECT_THAT(entry["leaks"][0]["name"].string(),
              AllOf(HasSubstr("\"\\\n\r\x1b[31m\xEF\xBF\xBD"),
                    SizeIs(9 + 2 * 3 + 1 + 4096 * 3)));
}

TEST(JsonHeadTest, FieldByField) {
  JsonRun run;
  run.program = "/bin/a \"b\"";
  run.pid = 42;
  run.started_ms = 1234567890123;
  run.recorded = true;
  run.modes = {{Kind::kThread, Mode::kFail},
               {Kind::kDescriptor, Mode::kReport},
               {Kind::kProcess, Mode::kOff}};
  Json head = Json::Parse(JsonHead(run) + "]}");
  EXPECT_THAT(head.keys(),
              ElementsAre("schema", "version", "program", "pid", "started_ms",
                          "recorded", "modes", "entries"));
  EXPECT_EQ(head["schema"].string(), "leaktrap");
  EXPECT_EQ(head["version"].integer(), 1);
  EXPECT_EQ(head["program"].string(), "/bin/a \"b\"");
  EXPECT_EQ(head["pid"].integer(), 42);
  EXPECT_EQ(head["started_ms"].integer(), 1234567890123);
  EXPECT_TRUE(head["recorded"].boolean());
  EXPECT_EQ(head["modes"]["threads"].string(), "fail");
  EXPECT_EQ(head["modes"]["descriptors"].string(), "report");
  EXPECT_EQ(head["modes"]["processes"].string(), "off");
  run.target = "//a:b";
  run.shard = 2;
  run.shards = 3;
  head = Json::Parse(JsonHead(run) + "]}");
  EXPECT_EQ(head["target"].string(), "//a:b");
  EXPECT_EQ(head["shard"]["number"].integer(), 2);
  EXPECT_EQ(head["shard"]["total"].integer(), 3);
}

}  // namespace
}  // namespace leaktrap::internal
