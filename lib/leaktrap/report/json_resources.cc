#include "leaktrap/report/json_resources.h"

#include <optional>
#include <string>
#include <vector>

#include "leaktrap/report/blamed_line.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/report/json_text.h"
#include "leaktrap/report/origin_text.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

void AddIfAny(const char* key, const std::string& text, JsonWriter* json) {
  if (!text.empty()) json->Key(key).String(text);
}

void AddFrame(const Frame& frame, JsonWriter* json) {
  json->BeginObject();
  AddIfAny("function", frame.function, json);
  if (!frame.file.empty()) {
    json->Key("file").String(frame.file).Key("line").Int(frame.line);
  }
  if (frame.inlined) json->Key("inlined").Bool(true);
  if (!frame.module.empty()) {
    json->Key("module").String(frame.module);
    json->Key("offset").Uint(frame.module_offset);
  }
  json->EndObject();
}

}  // namespace

void JsonResources::Add(const char* key,
                        const std::vector<Resource>& resources) {
  if (resources.empty()) return;
  const std::vector<AlikeFindings> findings = FindingsOf(resources);
  std::vector<const Resource*> told;
  for (const Resource& resource : resources) told.push_back(&resource);
  Prepare(told);
  json_.Key(key).BeginArray();
  size_t finding = 0;
  for (size_t group = 0; group < findings.size(); ++group) {
    for (size_t member = 0; member < findings[group].count(); ++member) {
      AddFinding(findings[group], group + 1, member, ++finding);
    }
  }
  json_.EndArray();
}

void JsonResources::AddFinding(const AlikeFindings& alike, size_t group,
                               size_t member, size_t finding) {
  for (size_t part = 0; part < alike.parts.size(); ++part) {
    json_.BeginObject();
    json_.Key("group").Uint(group).Key("finding").Uint(finding);
    json_.Key("part").String(part == 0 ? "root" : "part");
    AddFields(*alike.parts[part][member], Stacks::kNumbered);
    // They are alike: one has the lines of all.
    if (part == 0 && member == 0) AddBlamedLine(alike);
    json_.EndObject();
  }
}

void JsonResources::AddBlamedLine(const AlikeFindings& alike) {
  std::vector<Resource> one_finding;
  for (const std::vector<const Resource*>& part : alike.parts) {
    one_finding.push_back(*part.front());
  }
  const std::optional<SourceLine> line = BlamedLine(one_finding);
  if (!line.has_value()) return;
  json_.Key("blamed").BeginObject().Key("file").String(line->file);
  json_.Key("line").Int(line->line).EndObject();
}

void JsonResources::Add(const char* key,
                        const std::vector<ToleratedLeak>& tolerated) {
  if (tolerated.empty()) return;
  json_.Key(key).BeginArray();
  for (const ToleratedLeak& leak : tolerated) {
    json_.BeginObject();
    AddFields(leak.resource, Stacks::kNone);
    json_.Key("reason").String(leak.reason);
    if (leak.is_expected) json_.Key("expected").Bool(true);
    json_.EndObject();
  }
  json_.EndArray();
}

void JsonResources::Add(const char* key,
                        const std::vector<ForeignRelease>& releases) {
  if (releases.empty()) return;
  json_.Key(key).BeginArray();
  for (const ForeignRelease& foreign : releases) {
    json_.BeginObject().Key("kind").String(KindName(foreign.identity.kind));
    json_.Key("number").Uint(foreign.identity.number);
    if (foreign.release.has_value()) {
      const Release& release = *foreign.release;
      AddOrigin("made", release.made, Stacks::kNumbered);
      json_.Key("tid").Int(release.tid);
      AddStack("stack", release.stack);
    }
    json_.EndObject();
  }
  json_.EndArray();
}

void JsonResources::Add(const char* key, const std::vector<Release>& releases) {
  if (releases.empty()) return;
  json_.Key(key).BeginArray();
  for (const Release& release : releases) {
    json_.BeginObject().Key("kind").String(KindName(release.kind));
    json_.Key("number").Uint(release.number);
    AddOrigin("made", release.made, Stacks::kNumbered);
    json_.Key("tid").Int(release.tid);
    AddStack("stack", release.stack);
    if (release.first_at.has_value()) {
      AddStack("first_stack", {*release.first_at});
    }
    json_.EndObject();
  }
  json_.EndArray();
}

void JsonResources::Add(const char* key,
                        const std::vector<LateRelease>& releases) {
  if (releases.empty()) return;
  json_.Key(key).BeginArray();
  for (const LateRelease& late : releases) {
    json_.BeginObject().Key("what").String(late.text);
    json_.Key("left_behind_by").String(late.owner);
    json_.Key("within_ns").Int(late.within.count()).EndObject();
  }
  json_.EndArray();
}

void JsonResources::AddFields(const Resource& resource, Stacks stacks) {
  json_.Key("kind").String(KindName(resource.identity.kind));
  json_.Key("number").Uint(resource.identity.number);
  json_.Key("name").String(resource.name);
  json_.Key("description").String(resource.description);
  json_.Key("likeness").String(resource.likeness);
  AddIfAny("release", ReleaseHint(resource), &json_);
  AddIfAny("hint", resource.hint, &json_);
  if (resource.age.has_value()) {
    json_.Key("age_ns").Int(resource.age->count());
  }
  if (!resource.descriptors.empty()) {
    json_.Key("descriptors").BeginArray();
    for (int descriptor : resource.descriptors) json_.Int(descriptor);
    json_.EndArray();
  }
  if (resource.now.has_value()) AddActivity("now", *resource.now, stacks);
  if (resource.origin.has_value()) {
    AddOrigin("origin", *resource.origin, stacks);
  }
  AddIfAny("dirt", resource.dirt, &json_);
  if (resource.checked_out.has_value()) {
    AddOrigin("checked_out", *resource.checked_out, stacks);
  }
}

void JsonResources::AddActivity(const char* key, const Activity& now,
                                Stacks stacks) {
  json_.Key(key).BeginObject();
  AddIfAny("syscall", now.syscall, &json_);
  if (now.descriptor.has_value()) {
    json_.Key("descriptor").Int(*now.descriptor);
  }
  if (stacks == Stacks::kNumbered) {
    AddStack("stack", now.stack);
    if (now.certain < now.stack.size()) json_.Key("best_effort").Bool(true);
    if (!now.stack.empty() && !now.is_complete) {
      json_.Key("is_cut").Bool(true);
    }
  }
  AddIfAny("why_no_stack", now.why_not, &json_);
  json_.EndObject();
}

void JsonResources::AddOrigin(const char* key, const Origin& origin,
                              Stacks stacks) {
  json_.Key(key);
  if (origin.sequence == 0) {
    json_.Null();
    return;
  }
  json_.BeginObject().Key("call").String(origin.call);
  json_.Key("tid").Int(origin.tid);
  AddIfAny("taken_by", origin.taken_by, &json_);
  if (stacks == Stacks::kNumbered) AddStack("stack", origin.stack);
  if (origin.is_detached) json_.Key("is_detached").Bool(true);
  if (origin.stack_was_lost) json_.Key("stack_was_lost").Bool(true);
  json_.EndObject();
}

void JsonResources::AddStack(const char* key, const Stack& stack) {
  if (stack.empty()) return;
  const auto [place, is_new] = numbers_.try_emplace(stack, stacks_.size());
  if (is_new) stacks_.push_back(stack);
  json_.Key(key).Uint(place->second);
}

void JsonResources::AddStacks(const char* key) {
  if (stacks_.empty()) return;
  Stack all;
  for (const Stack& stack : stacks_) {
    all.insert(all.end(), stack.begin(), stack.end());
  }
  const std::vector<std::vector<Frame>> symbolized = Symbolize(all);
  json_.Key(key).BeginArray();
  auto begin = symbolized.begin();
  for (const Stack& stack : stacks_) {
    const auto end = begin + static_cast<ptrdiff_t>(stack.size());
    json_.BeginArray();
    for (const Frame& frame : ReadableFrames({begin, end})) {
      AddFrame(frame, &json_);
    }
    json_.EndArray();
    begin = end;
  }
  json_.EndArray();
}

}  // namespace leaktrap::internal
