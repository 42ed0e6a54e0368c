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

namespace leaktrap::internal {
namespace {

std::vector<absl::string_view> Fields(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

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

bool IsParkedForGood(const std::string& syscall_text,
                     absl::FunctionRef<bool(uint64_t)> is_private) {
  // "202 0x7f.. 0x189 0x0 0x0 0x0 0xffffffff 0x7ffc.. 0x7f..": the number, six
  // arguments, stack pointer, program counter. A running task says "running".
  const std::vector<absl::string_view> fields = Fields(syscall_text);
  int number = 0;
  if (fields.size() != 9 || !absl::SimpleAtoi(fields[0], &number)) return false;
  if (number != SYS_futex) return false;
  uint64_t address = 0, operation = 0, timeout = 0;
  if (!absl::SimpleHexAtoi(fields[1], &address) ||
      !absl::SimpleHexAtoi(fields[2], &operation) ||
      !absl::SimpleHexAtoi(fields[4], &timeout)) {
    return false;
  }
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

std::optional<uint64_t> RunCount(const std::string& schedstat_text) {
  const std::vector<absl::string_view> fields = Fields(schedstat_text);
  uint64_t count = 0;
  if (fields.size() != 3 || !absl::SimpleAtoi(fields[2], &count) ||
      count == 0) {
    return std::nullopt;
  }
  return count;
}

bool HandlersAreHarmless(const std::string& status_text) {
  for (absl::string_view line : absl::StrSplit(status_text, '\n')) {
    if (!absl::ConsumePrefix(&line, "SigCgt:")) continue;
    const std::vector<absl::string_view> fields = Fields(line);
    uint64_t caught = 0;
    return fields.size() == 1 && absl::SimpleHexAtoi(fields[0], &caught) &&
           (caught & ~HarmlessSignals()) == 0;
  }
  return false;
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
