#include "leaktrap/probe/thread_stat.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace leaktrap::internal {
namespace {

// Fields are counted from 1, as in proc_pid_stat(5).
constexpr int kStateField = 3;
constexpr int kStartTimeField = 22;

}  // namespace

std::optional<ThreadStat> ParseThreadStat(std::string_view text) {
  // The name is the only field that is not a number or a letter: what it holds
  // cannot be mistaken for the last ')'.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) {
    return std::nullopt;
  }
  ThreadStat stat;
  stat.name = text.substr(open + 1, close - open - 1);

  text.remove_prefix(close + 1);
  if (text.size() < 3 || text[0] != ' ' || text[2] != ' ') return std::nullopt;
  stat.state = text[1];
  text.remove_prefix(2);  // each field that follows has a blank before it
  for (int field = kStateField + 1; field < kStartTimeField; ++field) {
    const size_t blank = text.find(' ', 1);
    if (blank == text.npos) return std::nullopt;
    text.remove_prefix(blank);
  }
  text.remove_prefix(1);
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), stat.start_time);
  // Anything but a blank after the number means that it was cut short.
  if (error != std::errc() || stop == text.data() + text.size() ||
      *stop != ' ') {
    return std::nullopt;
  }
  return stat;
}

std::string ThreadStateText(char state) {
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
      return std::string("in state ") + state;
  }
}

}  // namespace leaktrap::internal
