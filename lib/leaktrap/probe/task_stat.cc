#include "leaktrap/probe/task_stat.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

// Fields are counted from 1, as in proc_pid_stat(5).
constexpr int kParentField = 4;
constexpr int kFlagsField = 9;
constexpr int kStartTimeField = 22;

// The number at the start of `text`, between two blanks: without the second it
// may have been cut short.
bool ParseField(std::string_view text, uint64_t* number) {
  const char* const end = text.data() + text.size();
  if (text.empty() || text[0] != ' ') return false;
  const auto [stop, error] = std::from_chars(text.data() + 1, end, *number);
  return error == std::errc() && stop != end && *stop == ' ';
}

}  // namespace

std::optional<TaskStat> ParseTaskStat(std::string_view text) {
  // The name is the only field that is not a number or a letter: what it holds
  // cannot be mistaken for the last ')'.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) {
    return std::nullopt;
  }
  TaskStat stat;
  stat.name = text.substr(open + 1, close - open - 1);

  text.remove_prefix(close + 1);
  if (text.size() < 3 || text[0] != ' ' || text[2] != ' ') return std::nullopt;
  stat.state = text[1];
  text.remove_prefix(2);  // each field that follows has a blank before it
  if (!ParseField(text, &stat.parent)) return std::nullopt;
  for (int field = kParentField; field < kStartTimeField; ++field) {
    const size_t blank = text.find(' ', 1);
    if (blank == text.npos) return std::nullopt;
    text.remove_prefix(blank);
    if (field + 1 == kFlagsField && !ParseField(text, &stat.flags)) {
      return std::nullopt;
    }
  }
  if (!ParseField(text, &stat.start_time)) return std::nullopt;
  return stat;
}

std::string TaskStateText(char state) {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "sleeping uninterruptibly";
    case 'T':
      return "stopped";
    case 't':
      return "stopped by a tracer";
    case 'Z':
      return "ended, not yet reaped";
    case 'X':
    case 'x':
      return "ended, about to vanish";
    case 'I':
      return "idle";
    case 'P':
      return "parked";
    default:
      return "in state " + Printable(std::string_view(&state, 1));
  }
}

}  // namespace leaktrap::internal
