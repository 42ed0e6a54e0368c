#include "leaktrap/report/text_report.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// A group is shown by its first members, the rest by their number: the report
// of 20,000 leaks is as long as that of ten.
constexpr size_t kShownOfGroup = 3;
constexpr size_t kShownGroups = 20;

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

// Alike leaks together, the biggest group first, else in the order given.
std::vector<Group> Groups(const std::vector<Resource>& leaks) {
  std::vector<Group> groups;
  std::map<std::pair<Kind, std::string>, size_t> places;
  for (const Resource& leak : leaks) {
    const auto [place, is_new] =
        places.try_emplace({leak.identity.kind, leak.likeness}, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&leak);
  }
  std::stable_sort(
      groups.begin(), groups.end(),
      [](const Group& a, const Group& b) { return a.size() > b.size(); });
  return groups;
}

std::string Paragraph(const Group& group) {
  const Resource& first = *group.front();
  std::string text;
  if (group.size() == 1) {
    absl::StrAppend(&text, "\n  ", Line(first));
  } else {
    const int count = static_cast<int>(group.size());
    absl::StrAppend(&text, "\n  ", CountOf(first.identity.kind, count), ", ",
                    first.likeness, ":");
    const size_t shown = std::min(group.size(), kShownOfGroup);
    for (size_t i = 0; i < shown; ++i) {
      absl::StrAppend(&text, "\n    ", Line(*group[i]));
    }
    if (shown < group.size()) {
      absl::StrAppend(&text, "\n    and ", group.size() - shown, " more");
    }
  }
  if (!first.release.empty()) {
    absl::StrAppend(&text, "\n    to release it: ", first.release);
  }
  return text;
}

std::string Counts(const std::vector<Resource>& leaks) {
  std::map<Kind, int> counts;
  for (const Resource& leak : leaks) ++counts[leak.identity.kind];
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
    out->append(CountOf(entry.first, entry.second));
  });
}

const char* Word(Ended ended) {
  switch (ended) {
    case Ended::kClean:
      return "clean";
    case Ended::kTolerated:
      return "tolerated";
    case Ended::kProof:
      return "proof";
    case Ended::kLinger:
      return "linger";
    case Ended::kCouldNotLook:
      break;
  }
  return "could not look";
}

}  // namespace

std::string LeakText(const std::string& owner,
                     const std::vector<Resource>& leaks,
                     const Settled& settled) {
  std::string text = absl::StrCat(owner, " left behind ", Counts(leaks), ":");
  const std::vector<Group> groups = Groups(leaks);
  const size_t shown = std::min(groups.size(), kShownGroups);
  size_t hidden = leaks.size();
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, Paragraph(groups[i]));
    hidden -= groups[i].size();
  }
  if (hidden > 0) absl::StrAppend(&text, "\n  and ", hidden, " of other sorts");
  return absl::StrCat(text, "\n  looks=", settled.looks,
                      ", waited=", DurationText(settled.waited),
                      ", ended=", Word(settled.ended));
}

std::string ToleratedText(const std::string& owner,
                          const std::vector<ToleratedLeak>& tolerated) {
  return absl::StrJoin(
      tolerated, "\n", [&](std::string* out, const ToleratedLeak& leak) {
        absl::StrAppend(out, owner,
                        " left behind, tolerated: ", Line(leak.resource), " (",
                        leak.reason, ")");
      });
}

std::string DurationText(std::chrono::nanoseconds exact) {
  const absl::Duration duration = absl::FromChrono(exact);
  absl::Duration unit = absl::Nanoseconds(1);
  while (duration >= 1000 * unit) unit *= 10;
  return absl::FormatDuration(absl::Trunc(duration, unit));
}

}  // namespace leaktrap::internal
