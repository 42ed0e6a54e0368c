#include "leaktrap/report/text_report.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/report/duration_text.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/report/missing_lines.h"
#include "leaktrap/report/origin_text.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// A group is shown by its first members, the rest by their number: the report
// of 20,000 leaks is as long as that of ten.
constexpr size_t kShownOfGroup = 3;
constexpr size_t kShownFindings = 20;
constexpr size_t kShownParts = 5;

// The kernel tells a thread's start to the clock tick, 10 ms as a rule: an age
// of a few ticks is noise, and says nothing.
constexpr std::chrono::milliseconds kYoungestAgeShown(100);

// A user's probe names its resources itself.
std::string Line(const Resource& resource) {
  std::string line;
  if (resource.identity.kind != Kind::kOther) {
    absl::StrAppend(&line, std::string(KindName(resource.identity.kind)), " ");
  }
  absl::StrAppend(&line, resource.description);
  if (resource.age.has_value() && *resource.age > kYoungestAgeShown) {
    absl::StrAppend(&line, ", ", DurationText(*resource.age), " old");
  }
  return line;
}

using Group = std::vector<const Resource*>;

std::string NewLine(int indent) {
  return absl::StrCat("\n", std::string(static_cast<size_t>(indent), ' '));
}

// Alike resources of one maker.
std::string Paragraph(const Group& group, int indent) {
  const Resource& first = *group.front();
  const std::string inner = NewLine(indent + 2);
  std::string text;
  if (group.size() == 1) {
    absl::StrAppend(&text, NewLine(indent), Line(first));
  } else {
    const int count = static_cast<int>(group.size());
    absl::StrAppend(&text, NewLine(indent), CountOf(first.identity.kind, count),
                    ", ", first.likeness, ":");
    const size_t shown = std::min(group.size(), kShownOfGroup);
    for (size_t i = 0; i < shown; ++i) {
      absl::StrAppend(&text, inner, Line(*group[i]));
    }
    if (shown < group.size()) {
      absl::StrAppend(&text, inner, "and ", group.size() - shown, " more");
    }
  }
  if (!first.dirt.empty()) {
    absl::StrAppend(&text, DirtyReturnText(first, indent + 2));
  } else if (first.origin.has_value()) {
    absl::StrAppend(&text, OriginText(*first.origin, indent + 2));
  }
  if (first.now.has_value()) {
    absl::StrAppend(&text, ActivityText(*first.now, indent + 2));
  }
  if (!first.hint.empty()) absl::StrAppend(&text, inner, first.hint);
  return text;
}

// What goes with the roots: a thread may have made a thousand of a sort.
std::vector<Group> PartsBySort(const AlikeFindings& alike) {
  std::vector<Group> sorts;
  std::map<Likeness, size_t> places;
  for (size_t i = 1; i < alike.parts.size(); ++i) {
    const Group& part = alike.parts[i];
    const auto [place, is_new] =
        places.try_emplace(LikenessOf(*part.front()), sorts.size());
    if (is_new) sorts.emplace_back();
    Group& sort = sorts[place->second];
    sort.insert(sort.end(), part.begin(), part.end());
  }
  return sorts;
}

std::string Counts(const std::map<Kind, int>& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
    out->append(CountOf(entry.first, entry.second));
  });
}

// "left behind 1 thread and gave back 2 connections dirty"
std::string Headline(const std::vector<Resource>& leaks) {
  std::map<Kind, int> counts;
  int dirty = 0;
  for (const Resource& leak : leaks) {
    ++(leak.dirt.empty() ? counts[leak.identity.kind] : dirty);
  }
  std::vector<std::string> did;
  if (!counts.empty()) {
    did.push_back(absl::StrCat("left behind ", Counts(counts)));
  }
  if (dirty > 0) {
    did.push_back(absl::StrCat("gave back ", CountOf(Kind::kConnection, dirty),
                               " dirty"));
  }
  return absl::StrJoin(did, " and ");
}

std::vector<std::vector<uintptr_t>> StacksOf(const Group& resources) {
  std::vector<std::vector<uintptr_t>> stacks;
  for (const Resource* resource : resources) {
    if (resource->origin.has_value()) stacks.push_back(resource->origin->stack);
    if (resource->checked_out.has_value()) {
      stacks.push_back(resource->checked_out->stack);
    }
    if (resource->now.has_value()) stacks.push_back(resource->now->stack);
  }
  return stacks;
}

}  // namespace

std::string FindingCounts(const AlikeFindings& alike) {
  std::map<Kind, int> counts;
  for (const Group& part : alike.parts) {
    counts[part.front()->identity.kind] += static_cast<int>(part.size());
  }
  return Counts(counts);
}

std::string FindingText(const AlikeFindings& alike) {
  std::string text = Paragraph(alike.parts.front(), 2);
  const Resource& root = *alike.parts.front().front();
  const std::string release = ReleaseHint(root);
  if (!release.empty()) {
    absl::StrAppend(&text, "\n    ",
                    root.dirt.empty() ? kReleaseLead : kMendLead, release);
  }
  const std::vector<Group> sorts = PartsBySort(alike);
  if (sorts.empty()) return text;
  absl::StrAppend(&text, "\n    what goes with it:");
  size_t hidden = 0;
  for (size_t i = 0; i < sorts.size(); ++i) {
    if (i < kShownParts) {
      absl::StrAppend(&text, Paragraph(sorts[i], 6));
    } else {
      hidden += sorts[i].size();
    }
  }
  if (hidden > 0) absl::StrAppend(&text, "\n      and ", hidden, " more");
  return text;
}

std::string LeakText(const std::string& owner,
                     const std::vector<Resource>& leaks,
                     const Settled& settled) {
  std::vector<const Resource*> all;
  for (const Resource& leak : leaks) all.push_back(&leak);
  std::string text = absl::StrCat(owner, " ", Headline(leaks), ":");
  Prepare(all);
  const std::vector<AlikeFindings> findings = FindingsOf(leaks);
  const size_t shown = std::min(findings.size(), kShownFindings);
  std::vector<const Resource*> told;
  for (size_t i = 0; i < shown; ++i) {
    for (const Group& part : findings[i].parts) told.push_back(part.front());
  }
  size_t hidden = leaks.size();
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, FindingText(findings[i]));
    hidden -= findings[i].count() * findings[i].parts.size();
  }
  if (hidden > 0) absl::StrAppend(&text, "\n  and ", hidden, " of other sorts");
  return absl::StrCat(text, MissingLinesText(StacksOf(told)),
                      "\n  looks=", settled.looks,
                      ", waited=", DurationText(settled.waited),
                      ", ended=", EndedWord(settled.ended));
}

std::string ToleratedText(const std::string& owner,
                          const std::vector<ToleratedLeak>& tolerated) {
  return absl::StrJoin(
      tolerated, "\n", [&](std::string* out, const ToleratedLeak& leak) {
        absl::StrAppend(
            out, owner,
            leak.resource.dirt.empty() ? " left behind" : " gave back",
            leak.is_expected ? ", as expected: " : ", tolerated: ",
            Line(leak.resource), " (", Printable(leak.reason), ")");
      });
}

const char* EndedWord(Ended ended) {
  switch (ended) {
    case Ended::kClean:
      return "clean";
    case Ended::kTolerated:
      return "tolerated";
    case Ended::kProof:
      return "proof";
    case Ended::kLinger:
      return "linger";
    case Ended::kNotJudged:
      return "not judged";
    case Ended::kCouldNotLook:
      break;
  }
  return "could not look";
}

}  // namespace leaktrap::internal
