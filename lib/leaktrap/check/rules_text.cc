#include "leaktrap/check/rules_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "leaktrap/check/ratchet.h"
#include "leaktrap/check/rules_file.h"

namespace leaktrap::internal {
namespace {

constexpr char kHead[] =
    "# Known leaks, a rule a line: a test that leaves more than these fails.\n"
    "# --leaktrap_update_rules takes out what is gone.\n";

constexpr char kReason[] = "known, not looked into yet";

struct Line {
  std::string text;
  std::optional<FileRule> rule;  // one with a count
};

// Its place among others with a count: those of a test stand together.
std::pair<std::string, std::string> Order(const FileRule& rule) {
  return {rule.test_glob, RuleKey(rule)};
}

std::vector<Line> LinesOf(const std::string& text) {
  std::vector<Line> lines;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const RulesFile file = ParseRules("", line);
    lines.push_back({line, std::nullopt});
    if (file.rules.size() == 1 && file.rules.front().count.has_value()) {
      lines.back().rule = file.rules.front();
    }
  }
  return lines;
}

Line LineOf(FileRule rule, int count) {
  rule.count = count;
  if (rule.reason.empty()) rule.reason = kReason;
  return {RuleLine(rule), rule};
}

void Insert(const Line& line, std::vector<Line>* lines) {
  auto place = lines->end();
  for (auto at = lines->begin(); at != lines->end(); ++at) {
    if (!at->rule.has_value()) continue;
    if (Order(*line.rule) < Order(*at->rule)) {
      place = at;
      break;
    }
    place = at + 1;
  }
  lines->insert(place, line);
}

}  // namespace

RulesTextChange ChangeRules(const std::string& text,
                            const std::vector<RuleChange>& changes) {
  RulesTextChange result;
  // It stays in front of what now comes first.
  const bool has_mark = absl::StartsWith(text, kByteOrderMark);
  std::vector<Line> lines = LinesOf(std::string(absl::StripSuffix(
      text.empty() ? kHead : absl::StripPrefix(text, kByteOrderMark), "\n")));
  std::map<std::pair<std::string, std::string>, const RuleChange*> open;
  for (const RuleChange& change : changes) open[Order(change.rule)] = &change;
  std::vector<Line> kept;
  for (Line& line : lines) {
    const auto found =
        line.rule.has_value() ? open.find(Order(*line.rule)) : open.end();
    if (found == open.end()) {
      kept.push_back(std::move(line));
      continue;
    }
    const int count = found->second->found;
    // The same rule may stand there twice: the first counts.
    open.erase(found);
    if (count == 0) {
      ++result.taken_out;
      continue;
    }
    if (count != *line.rule->count) {
      ++(count > *line.rule->count ? result.raised : result.lowered);
      line = LineOf(*line.rule, count);
    }
    kept.push_back(std::move(line));
  }
  for (const auto& [order, change] : open) {
    if (change->found == 0) continue;
    ++result.added;
    Insert(LineOf(change->rule, change->found), &kept);
  }
  if (has_mark) result.text = kByteOrderMark;
  result.text += absl::StrJoin(
      kept, "\n",
      [](std::string* out, const Line& line) { out->append(line.text); });
  result.text += '\n';
  return result;
}

}  // namespace leaktrap::internal
