#include "leaktrap/check/rules_file.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

constexpr char kKinds[] =
    "threads, descriptors, connections, processes, others or any";
constexpr char kKeys[] =
    "name=, maker=, made_by=, stack=, dirt=, test=, count= or reason=";

bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

// Reads one line from left to right; the first error ends it.
class LineReader {
 public:
  LineReader(absl::string_view line, FileRule* rule)
      : line_(line), rule_(*rule) {}

  // Nothing if the line has no rule: then error() says whether it should.
  bool Read() {
    SkipSpaces();
    if (AtEnd()) return false;
    if (!ReadKind()) return false;
    while (error_.empty() && rule_.reason.empty()) {
      SkipSpaces();
      if (AtEnd()) break;
      ReadPair();
    }
    if (error_.empty()) CheckWhole();
    return error_.empty();
  }

  const std::string& error() const { return error_; }
  size_t column() const { return error_at_ + 1; }

 private:
  bool AtEnd() const { return at_ == line_.size() || line_[at_] == '#'; }

  void SkipSpaces() {
    while (at_ < line_.size() && IsSpace(line_[at_])) ++at_;
  }

  void Fail(size_t at, const std::string& error) {
    if (!error_.empty()) return;
    error_at_ = at;
    error_ = error;
  }

  // Up to the next space, or to `stop`.
  absl::string_view ReadWord(char stop = ' ') {
    const size_t begin = at_;
    while (at_ < line_.size() && !IsSpace(line_[at_]) && line_[at_] != stop) {
      ++at_;
    }
    return line_.substr(begin, at_ - begin);
  }

  bool ReadKind() {
    const size_t begin = at_;
    const std::string word(ReadWord());
    rule_.kind = ParseKind(word);
    if (!rule_.kind.has_value() && word != "any") {
      Fail(begin, absl::StrCat("\"", Printable(word), "\" is no kind; write ",
                               kKinds));
      return false;
    }
    return true;
  }

  void ReadPair() {
    const size_t begin = at_;
    const std::string key(ReadWord('='));
    if (at_ == line_.size() || line_[at_] != '=') {
      Fail(begin,
           absl::StrCat("\"", Printable(key),
                        "\" has no value; write KEY=VALUE with ", kKeys));
      return;
    }
    ++at_;
    if (!keys_.insert(key).second) {
      Fail(begin, absl::StrCat(Printable(key), "= stands here twice"));
      return;
    }
    const size_t value_at = at_;
    if (key == "reason") {
      rule_.reason = std::string(absl::StripAsciiWhitespace(line_.substr(at_)));
      CheckReason(value_at);
      at_ = line_.size();
      if (rule_.reason.empty()) Fail(begin, kNoReason);
      return;
    }
    const std::optional<std::string> value = ReadValue();
    if (!value.has_value()) return;
    if (value->empty()) {
      Fail(value_at, absl::StrCat(Printable(key), "= is empty"));
    } else if (key == "name") {
      SetGlob(begin, FileRule::By::kName, *value);
    } else if (key == "maker") {
      SetGlob(begin, FileRule::By::kMaker, *value);
    } else if (key == "made_by") {
      SetGlob(begin, FileRule::By::kCreator, *value);
    } else if (key == "stack") {
      SetGlob(begin, FileRule::By::kStack, *value);
    } else if (key == "dirt") {
      rule_.dirt_glob = *value;
    } else if (key == "test") {
      rule_.test_glob = *value;
    } else if (key == "count") {
      SetCount(value_at, *value);
    } else {
      Fail(begin, absl::StrCat("\"", Printable(key), "=\" is not known; write ",
                               kKeys));
    }
  }

  std::optional<std::string> ReadValue() {
    if (at_ == line_.size() || line_[at_] != '"')
      return std::string(ReadWord());
    const size_t begin = at_++;
    std::string value;
    for (; at_ < line_.size(); ++at_) {
      char c = line_[at_];
      if (c == '"') {
        ++at_;
        if (at_ < line_.size() && !IsSpace(line_[at_])) {
          Fail(at_, "a space must follow the closing quote");
          return std::nullopt;
        }
        return value;
      }
      if (c == '\\' && at_ + 1 < line_.size()) c = line_[++at_];
      value += c;
    }
    Fail(begin, "this quote is not closed");
    return std::nullopt;
  }

  void SetGlob(size_t at, FileRule::By by, const std::string& glob) {
    if (!rule_.glob.empty()) {
      Fail(at, "a rule has one of name=, maker=, made_by= and stack=");
      return;
    }
    if (by == FileRule::By::kStack && rule_.kind.has_value() &&
        *rule_.kind != Kind::kThread) {
      Fail(at, "stack= is where a thread is now; it fits threads only");
      return;
    }
    rule_.by = by;
    rule_.glob = glob;
  }

  void SetCount(size_t at, const std::string& text) {
    int count = 0;
    const bool is_number = text.find_first_not_of("0123456789") == text.npos &&
                           absl::SimpleAtoi(text, &count);
    if (!is_number || count < 1) {
      Fail(at, absl::StrCat("\"", Printable(text),
                            "\" is no count; write a number from 1 on"));
      return;
    }
    rule_.count = count;
  }

  // What was meant as a key would be lost in the reason.
  void CheckReason(size_t at) {
    for (size_t i = at; i < line_.size(); ++i) {
      if (i > at && !IsSpace(line_[i - 1])) continue;
      for (const char* key : {"name=", "maker=", "made_by=", "stack=", "dirt=",
                              "test=", "count="}) {
        if (!absl::StartsWith(line_.substr(i), key)) continue;
        Fail(i, absl::StrCat("reason= stands last, and takes the rest of the "
                             "line; put ",
                             key, " before it"));
      }
    }
  }

  void CheckWhole() {
    if (rule_.glob.empty()) {
      Fail(at_,
           "name=, maker=, made_by= or stack= is missing; name=* is every one");
    } else if (rule_.reason.empty()) {
      Fail(at_, kNoReason);
    }
  }

  static constexpr char kNoReason[] =
      "the reason is missing; say why, as in reason=lives as long as main";

  const absl::string_view line_;
  FileRule& rule_;
  size_t at_ = 0;
  std::set<std::string> keys_;
  size_t error_at_ = 0;
  std::string error_;
};

std::string Quoted(const std::string& value) {
  const bool is_word = std::none_of(value.begin(), value.end(), [](char c) {
    return IsSpace(c) || c == '"' || c == '#';
  });
  if (is_word) return value;
  std::string quoted = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

const char* KeyOf(FileRule::By by) {
  switch (by) {
    case FileRule::By::kMaker:
      return "maker";
    case FileRule::By::kCreator:
      return "made_by";
    case FileRule::By::kStack:
      return "stack";
    case FileRule::By::kName:
      break;
  }
  return "name";
}

}  // namespace

RulesFile ParseRules(const std::string& path, const std::string& text) {
  RulesFile file;
  int number = 0;
  std::map<std::string, int> lines;  // of rules with a count
  const auto fail = [&](size_t column, const std::string& error) {
    file.errors.push_back(
        absl::StrCat(Printable(path), ":", number, ":", column, ": ", error));
  };
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, kByteOrderMark);
  for (absl::string_view line : absl::StrSplit(rest, '\n')) {
    FileRule rule;
    rule.line = ++number;
    if (const size_t nul = line.find('\0'); nul != line.npos) {
      fail(nul + 1, "a NUL byte stands here; take it out");
      continue;
    }
    LineReader reader(line, &rule);
    if (!reader.Read()) {
      if (!reader.error().empty()) fail(reader.column(), reader.error());
      continue;
    }
    if (rule.count.has_value()) {
      const auto [first, is_new] = lines.try_emplace(RuleKey(rule), number);
      if (!is_new) {
        fail(1, absl::StrCat("the same rule stands in line ", first->second,
                             "; make one of them, with one count"));
      }
    }
    file.rules.push_back(std::move(rule));
  }
  if (!file.errors.empty()) file.rules.clear();
  return file;
}

std::string RuleKey(const FileRule& rule) {
  FileRule bare = rule;
  bare.count.reset();
  bare.reason.clear();
  return RuleLine(bare);
}

std::string RuleLine(const FileRule& rule) {
  std::string line =
      rule.kind.has_value() ? std::string(KindPlural(*rule.kind)) : "any";
  absl::StrAppend(&line, " ", KeyOf(rule.by), "=", Quoted(rule.glob));
  if (!rule.dirt_glob.empty()) {
    absl::StrAppend(&line, " dirt=", Quoted(rule.dirt_glob));
  }
  if (rule.test_glob != "*") {
    absl::StrAppend(&line, " test=", Quoted(rule.test_glob));
  }
  if (rule.count.has_value()) absl::StrAppend(&line, " count=", *rule.count);
  return absl::StrCat(line, " reason=", rule.reason);
}

}  // namespace leaktrap::internal
