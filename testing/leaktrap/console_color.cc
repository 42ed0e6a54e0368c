#include "leaktrap/console_color.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/variable.h"

namespace leaktrap::internal {
namespace {

constexpr char kBold[] = "\033[1m";
constexpr char kReset[] = "\033[m";

// Those that GoogleTest knows: its lines and ours stand on one screen.
bool TerminalTakesColor(const std::string& term) {
  for (const char* const known :
       {"xterm", "xterm-color", "xterm-256color", "screen", "screen-256color",
        "tmux", "tmux-256color", "rxvt-unicode", "rxvt-unicode-256color",
        "linux", "cygwin"}) {
    if (term == known) return true;
  }
  return false;
}

const char* Code(Color color) {
  switch (color) {
    case Color::kRed:
      return "\033[0;31m";
    case Color::kGreen:
      return "\033[0;32m";
    case Color::kYellow:
      return "\033[0;33m";
    case Color::kNone:
      break;
  }
  return "";
}

std::string Colored(Color color, const std::string& text) {
  if (color == Color::kNone || text.empty()) return text;
  return absl::StrCat(Code(color), text, kReset);
}

}  // namespace

bool UsesColor() {
  const std::string asked = GTEST_FLAG_GET(color);
  if (absl::EqualsIgnoreCase(asked, "auto")) {
    // Each time: a test may have put a file in the terminal's place.
    return isatty(fileno(stdout)) == 1 &&
           TerminalTakesColor(Variable("TERM")) && Variable("NO_COLOR").empty();
  }
  return absl::EqualsIgnoreCase(asked, "yes") ||
         absl::EqualsIgnoreCase(asked, "true") ||
         absl::EqualsIgnoreCase(asked, "t") || asked == "1";
}

std::string InColor(Color color, const std::string& text) {
  return UsesColor() ? Colored(color, text) : text;
}

std::string ReportInColor(const std::string& report, Color headline,
                          const std::string& own_line) {
  if (!UsesColor()) return report;
  std::vector<std::string> lines = absl::StrSplit(report, '\n');
  lines.front() = Colored(headline, lines.front());
  for (size_t i = 1; i < lines.size(); ++i) {
    std::string& line = lines[i];
    const size_t indent = line.find_first_not_of(' ');
    if (indent == line.npos) continue;
    const std::string text = line.substr(indent);
    if (absl::StartsWith(text, kReleaseLead) ||
        absl::StartsWith(text, kMendLead)) {
      line = absl::StrCat(line.substr(0, indent), Colored(Color::kGreen, text));
    } else if (!own_line.empty() &&
               absl::EndsWith(text, absl::StrCat(" ", own_line))) {
      line = absl::StrCat(line.substr(0, indent), kBold, text, kReset);
    }
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace leaktrap::internal
