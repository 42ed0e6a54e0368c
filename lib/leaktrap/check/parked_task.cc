#include "leaktrap/check/parked_task.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {
namespace {

std::vector<absl::string_view> Fields(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

// The only one in the line of /proc/PID/status that begins with `name`.
std::optional<absl::string_view> StatusField(absl::string_view status_text,
                                             absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(status_text, '\n')) {
    if (!absl::ConsumePrefix(&line, name)) continue;
    const std::vector<absl::string_view> fields = Fields(line);
    if (fields.size() == 1) return fields[0];
    break;
  }
  return std::nullopt;
}

// proc_pid_stat(5)'s letter.
constexpr char kSleeps = 'S';

uint64_t SignalBit(int signal) { return uint64_t{1} << (signal - 1); }

// glibc keeps the first two real-time signals for itself: SIGCANCEL, and
// SIGSETXID, which set*id() sends to every thread.
constexpr int kGlibcCancel = 32;
constexpr int kGlibcSetXid = 33;

uint64_t HarmlessSignals() {
  uint64_t mask = 0;
  for (int signal : {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS,
                     SIGINT, SIGQUIT, SIGTERM, kGlibcCancel, kGlibcSetXid}) {
    mask |= SignalBit(signal);
  }
  return mask;
}

}  // namespace

bool IsParkedForGood(const StandingThread& thread,
                     absl::FunctionRef<bool(uint64_t)> is_private) {
  const TaskSyscall& place = thread.place;
  if (thread.stat.state != kSleeps) return false;
  if (place.is_running || place.number != SYS_futex) return false;
  const uint64_t address = place.arguments[0];
  const uint64_t operation = place.arguments[1];
  const uint64_t timeout = place.arguments[3];
  switch (operation & 0x7f) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
      break;
    default:
      return false;
  }
  if (timeout != 0) return false;
  return (operation & FUTEX_PRIVATE_FLAG) != 0 || is_private(address);
}

std::optional<uint64_t> SleepCount(const std::string& status_text) {
  const auto field = StatusField(status_text, "voluntary_ctxt_switches:");
  uint64_t count = 0;
  if (!field.has_value() || !absl::SimpleAtoi(*field, &count)) {
    return std::nullopt;
  }
  return count;
}

bool HandlersAreHarmless(const std::string& status_text) {
  const auto field = StatusField(status_text, "SigCgt:");
  uint64_t caught = 0;
  return field.has_value() && absl::SimpleHexAtoi(*field, &caught) &&
         (caught & ~HarmlessSignals()) == 0;
}

bool IsInPrivateMapping(const std::string& maps_text, uint64_t address) {
  // "7f9c4e200000-7f9c4e222000 r--p 00000000 08:01 1234   /usr/lib/libc.so.6"
  for (absl::string_view line : absl::StrSplit(maps_text, '\n')) {
    const std::vector<absl::string_view> fields =
        absl::StrSplit(line, absl::MaxSplits(' ', 2));
    if (fields.size() < 3) continue;
    const std::vector<absl::string_view> range = absl::StrSplit(fields[0], '-');
    uint64_t start = 0, end = 0;
    if (range.size() != 2 || !absl::SimpleHexAtoi(range[0], &start) ||
        !absl::SimpleHexAtoi(range[1], &end)) {
      return false;
    }
    if (start <= address && address < end) {
      return fields[1].size() == 4 && fields[1][3] == 'p';
    }
  }
  return false;
}

bool IsIoUring(const std::string& text) {
  return absl::StrContains(text, "[io_uring]");
}

}  // namespace leaktrap::internal
