#include "leaktrap/report/json_report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/report/json_resources.h"
#include "leaktrap/report/json_text.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

std::string_view ModeWord(Mode mode) {
  switch (mode) {
    case Mode::kOff:
      return "off";
    case Mode::kReport:
      return "report";
    case Mode::kFail:
      break;
  }
  return "fail";
}

const char* VerdictWord(const JsonSubject& subject, const Verdict& verdict) {
  if (!verdict.error.empty()) return "could not look";
  if (verdict.is_disregarded()) return "not checked";
  if (HasNothingToTell(verdict)) return "clean";
  const bool has_releases =
      !verdict.foreign_releases.empty() || !verdict.repeated_releases.empty();
  const bool fails =
      !verdict.judgement.leaks.empty() ||
      std::any_of(verdict.unmet.begin(), verdict.unmet.end(),
                  [](const Unmet& unmet) { return !unmet.only_reported; }) ||
      (!verdict.exceeded.empty() && !verdict.limits_only_reported) ||
      (subject.strict && has_releases);
  if (fails) return subject.only_noted.empty() ? "failed" : "noted";
  Verdict others = verdict;
  others.judgement.tolerated.clear();
  return HasNothingToTell(others) ? "tolerated" : "noted";
}

void AddIfAny(const char* key, const std::string& text, JsonWriter* json) {
  if (!text.empty()) json->Key(key).String(text);
}

void AddSubject(const JsonSubject& subject, JsonWriter* json) {
  json->Key("entry").String(subject.entry);
  AddIfAny("suite", subject.suite, json);
  AddIfAny("test", subject.test, json);
  json->Key("iteration").Int(subject.iteration);
}

// How many there were when it was looked last, leaked or not.
void AddAlive(const Snapshot& look, JsonWriter* json) {
  std::map<Kind, int> counts;
  for (const Identity& identity : look.seen->identities) {
    if (identity.IsFinishedThread() || identity.IsDirtyReturn()) continue;
    ++counts[identity.kind];
  }
  json->Key("alive").BeginObject();
  for (const auto& [kind, count] : counts) {
    json->Key(KindPlural(kind)).Int(count);
  }
  json->EndObject();
}

void AddPlace(const JsonSubject& subject, JsonWriter* json) {
  if (subject.file.empty()) return;
  json->Key("file").String(subject.file).Key("line").Int(subject.line);
}

void AddStrings(const char* key, const std::vector<std::string>& strings,
                JsonWriter* json) {
  json->Key(key).BeginArray();
  for (const std::string& string : strings) json->String(string);
  json->EndArray();
}

void AddGrowth(const std::vector<PoolGrowth>& growth, JsonWriter* json) {
  if (growth.empty()) return;
  json->Key("grown_pools").BeginArray();
  for (const PoolGrowth& grown : growth) {
    json->BeginObject().Key("pool").String(grown.pool);
    json->Key("by").Int(grown.by).Key("idle").Int(grown.idle).EndObject();
  }
  json->EndArray();
}

void AddUnmet(const char* key, const std::vector<Unmet>& all,
              JsonWriter* json) {
  if (all.empty()) return;
  json->Key(key).BeginArray();
  for (const Unmet& unmet : all) {
    json->BeginObject().Key("what").String(unmet.text);
    json->Key("file").String(unmet.file).Key("line").Int(unmet.line);
    json->EndObject();
  }
  json->EndArray();
}

void AddFindings(const JsonSubject& subject, const Verdict& verdict,
                 JsonWriter* json) {
  AddPlace(subject, json);
  AddIfAny("only_noted_since", subject.only_noted, json);
  AddIfAny("confirmed", subject.confirmed, json);
  AddIfAny("error", verdict.error, json);
  JsonResources resources(json);
  resources.Add("leaks", verdict.judgement.leaks);
  resources.Add("only_reported", verdict.judgement.only_reported);
  resources.Add("tolerated", verdict.judgement.tolerated);
  resources.Add("passing", verdict.passing);
  resources.Add("charged_elsewhere", verdict.charged_elsewhere);
  resources.Add("replacing", verdict.replacing);
  resources.Add("foreign_releases", verdict.foreign_releases);
  resources.Add("repeated_releases", verdict.repeated_releases);
  resources.Add("late_releases", verdict.late);
  if (!verdict.exceeded.empty()) {
    AddStrings("exceeded", verdict.exceeded, json);
    json->Key("exceeded_fails").Bool(!verdict.limits_only_reported);
  }
  AddUnmet("unmet", verdict.unmet, json);
  AddUnmet("unchecked_expectations", verdict.unchecked, json);
  resources.AddStacks("stacks");
}

void AddMakers(const std::vector<MakerGrowth>& makers, JsonWriter* json) {
  if (makers.empty()) return;
  json->Key("makers").BeginArray();
  for (const MakerGrowth& maker : makers) {
    json->BeginObject();
    const std::string& signature = maker.signature;
    // It begins with the kind.
    if (const auto kind = ParseKind(signature.substr(0, signature.find(' ')))) {
      json->Key("kind").String(KindName(*kind));
    }
    json->Key("signature").String(signature);
    AddIfAny("place", maker.place, json);
    json->Key("growth").String(GrowthWord(maker.growth));
    json->Key("rounds").Int(maker.rounds).Key("left_in").Int(maker.left_in);
    json->Key("left").Int(maker.left).Key("per_round");
    json->Value(absl::StrCat(maker.PerRound()));
    json->Key("released_late").Int(maker.released);
    json->Key("first_left_by").String(maker.owner).EndObject();
  }
  json->EndArray();
}

}  // namespace

bool HasNothingToTell(const Verdict& verdict) {
  const Judgement& judgement = verdict.judgement;
  return verdict.error.empty() && !verdict.is_disregarded() &&
         judgement.leaks.empty() && judgement.only_reported.empty() &&
         judgement.tolerated.empty() && verdict.passing.empty() &&
         verdict.charged_elsewhere.empty() && verdict.replacing.empty() &&
         verdict.foreign_releases.empty() &&
         verdict.repeated_releases.empty() && verdict.late.empty() &&
         verdict.exceeded.empty() && verdict.unmet.empty() &&
         verdict.unchecked.empty();
}

std::string JsonHead(const JsonRun& run) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("leaktrap");
  json.Key("version").Int(kJsonVersion);
  json.Key("program").String(run.program);
  AddIfAny("target", run.target, &json);
  if (run.shards > 0) {
    json.Key("shard").BeginObject().Key("number").Int(run.shard);
    json.Key("total").Int(run.shards).EndObject();
  }
  json.Key("pid").Int(run.pid).Key("started_ms").Int(run.started_ms);
  json.Key("recorded").Bool(run.recorded).Key("modes").BeginObject();
  for (const auto& [kind, mode] : run.modes) {
    json.Key(KindPlural(kind)).String(ModeWord(mode));
  }
  json.EndObject().Key("entries").BeginArray();
  return json.text();
}

std::string JsonEntry(const JsonSubject& subject, const Verdict& verdict) {
  JsonWriter json;
  json.BeginObject();
  AddSubject(subject, &json);
  json.Key("verdict").String(VerdictWord(subject, verdict));
  if (!subject.is_last_word) json.Key("is_last_word").Bool(false);
  json.Key("looks").Int(verdict.settled.looks);
  json.Key("waited_ns").Int(verdict.settled.waited.count());
  json.Key("ended").String(EndedWord(verdict.settled.ended));
  json.Key("took_ns").Int(verdict.took.count());
  if (verdict.error.empty()) AddAlive(verdict.last_look, &json);
  AddGrowth(verdict.growth, &json);
  // A test has many scopes, without a name but for their lines.
  if (HasNothingToTell(verdict)) {
    if (subject.entry == "scope") AddPlace(subject, &json);
  } else {
    AddFindings(subject, verdict, &json);
  }
  return json.EndObject().text();
}

std::string JsonError(const std::string& error) {
  JsonWriter json;
  json.BeginObject().Key("entry").String("error");
  return json.Key("error").String(error).EndObject().text();
}

std::string JsonEntry(const JsonSummary& summary) {
  JsonWriter json;
  json.BeginObject().Key("entry").String("summary");
  json.Key("tests").Int(summary.tests);
  json.Key("not_checked").Int(summary.not_checked);
  json.Key("leaks").Int(summary.leaks);
  json.Key("tolerated").Int(summary.tolerated);
  json.Key("exceeded").Int(summary.exceeded);
  json.Key("unmet").Int(summary.unmet);
  json.Key("waited_ns").Int(summary.waited.count());
  json.Key("waited_in_vain_ns").Int(summary.waited_in_vain.count());
  if (summary.waits_cut_to.has_value()) {
    json.Key("waits_cut_to_ns").Int(summary.waits_cut_to->count());
  }
  json.Key("took_ns").Int(summary.took.count());
  json.Key("all_tests_ran").Bool(summary.all_tests_ran);
  if (summary.all_tests_ran) {
    AddStrings("unused_rules", summary.unused_rules, &json);
  }
  AddMakers(summary.makers, &json);
  return json.EndObject().text();
}

}  // namespace leaktrap::internal
