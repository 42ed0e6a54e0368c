#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "leaktrap/probe/issued_tids.h"
#include "leaktrap/probe/proc_file.h"

namespace leaktrap::internal {
namespace {

std::optional<pid_t> LastIssued() {
  std::string text;
  if (!ReadProcFile("/proc/sys/kernel/ns_last_pid", &text)) return {};
  pid_t last = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, last);
  if (error != std::errc() || stop == end || *stop != '\n') return {};
  return last;
}

}  // namespace

bool IsOwnThread(pid_t own_pid, pid_t tid) {
  const int error = errno;
  const bool is = syscall(SYS_tgkill, own_pid, tid, 0) == 0;
  errno = error;
  return is;
}

void IssuedTids::Start() { last_ = LastIssued(); }

std::optional<bool> IssuedTids::AnyOurs(size_t most) {
  const std::optional<pid_t> now = LastIssued();
  if (!last_.has_value() || !now.has_value() || *now < *last_ ||
      static_cast<size_t>(*now - *last_) > most) {
    return std::nullopt;
  }
  const pid_t own_pid = getpid();
  for (pid_t tid = *last_ + 1; tid <= *now; ++tid) {
    if (IsOwnThread(own_pid, tid)) return true;
  }
  last_ = now;
  return false;
}

}  // namespace leaktrap::internal
