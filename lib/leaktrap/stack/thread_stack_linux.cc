#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "leaktrap/stack/blocked_stack.h"
#include "leaktrap/stack/syscall_name.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/stack/thread_stack.h"

namespace leaktrap::internal {
namespace {

constexpr std::chrono::microseconds kPause(200);

// The calling thread as /proc numbers it; 0 if that cannot be told.
int OwnTid() {
  // "PID/task/TID": two numbers are never longer.
  char target[64];
  const ssize_t size = readlink("/proc/thread-self", target, sizeof(target));
  if (size <= 0) return 0;
  const absl::string_view path(target, size);
  int tid = 0;
  const size_t slash = path.rfind('/');
  if (slash == path.npos || !absl::SimpleAtoi(path.substr(slash + 1), &tid)) {
    return 0;
  }
  return tid;
}

// The same, asked for once by each thread. In the child of fork(2) it is
// another, and so is the kernel's own number.
int RememberedOwnTid(long kernels) {      // NOLINT(runtime/int)
  static thread_local long known_of = 0;  // NOLINT(runtime/int)
  static thread_local int known = 0;
  if (known_of != kernels) {
    known = OwnTid();
    known_of = known == 0 ? 0 : kernels;
  }
  return known;
}

// An address above the thread's stack; 0 if that cannot be told. The C library
// keeps what it knows of a thread at the upper end of its stack's memory, and
// tells the kernel where its list of robust mutexes begins, which is part of
// that. (The main thread's is elsewhere.)
uintptr_t StackEnd(int tid, uintptr_t stack_pointer) {
  void* list = nullptr;
  size_t size = 0;
  if (syscall(SYS_get_robust_list, tid, &list, &size) != 0) return 0;
  const auto end = reinterpret_cast<uintptr_t>(list);
  return end > stack_pointer ? end : 0;
}

class Looker {
 public:
  Looker(int tid, ReadFile read_file) : tid_(tid), read_file_(read_file) {}

  // Nothing if the thread ran.
  std::optional<ThreadStack> Look() const {
    ThreadStack stack;
    // How often it ran comes first: as long as that is the same, it stands
    // where it was seen to stand.
    std::string runs_before, text, runs_after;
    if (!ReadRuns(&runs_before, &stack.why_not) ||
        !Read("syscall", &text, &stack.why_not)) {
      return stack;
    }
    const std::optional<TaskSyscall> place = ParseTaskSyscall(text);
    if (!place) {
      stack.why_not = absl::StrCat(File("syscall"), " is of an unknown form");
      return stack;
    }
    if (place->is_running) return std::nullopt;
    BlockedStack blocked = Unwind(*place);
    if (!ReadRuns(&runs_after, &stack.why_not)) return stack;
    // Else the copy may hold a bit of one stack and a bit of the next.
    if (runs_before != runs_after) return std::nullopt;
    return Told(*place, std::move(blocked));
  }

  // The same of one that stands still at `place`.
  ThreadStack LookAt(const TaskSyscall& place) const {
    return Told(place, Unwind(place));
  }

  bool IsOwn() const { return tid_ == own_tid_; }

 private:
  BlockedStack Unwind(const TaskSyscall& place) const {
    if (place.stack_pointer == 0) {
      BlockedStack none;
      none.why_not = "has ended, or is the kernel's";
      return none;
    }
    return UnwindBlockedThread(
        place, numbers_agree_ ? StackEnd(tid_, place.stack_pointer) : 0);
  }

  static ThreadStack Told(const TaskSyscall& place, BlockedStack blocked) {
    ThreadStack stack;
    stack.addresses = std::move(blocked.addresses);
    stack.exact = blocked.exact;
    stack.is_complete = blocked.is_complete;
    stack.why_not = std::move(blocked.why_not);
    if (place.number >= 0) {
      stack.syscall = SyscallName(place.number);
      stack.arguments.assign(place.arguments.begin(), place.arguments.end());
      if (DescriptorIsFirst(place.number)) {
        stack.descriptor = static_cast<int>(place.arguments[0]);
      }
    }
    return stack;
  }

  std::string File(const char* name) const {
    return absl::StrCat("/proc/self/task/", tid_, "/", name);
  }

  bool Read(const char* name, std::string* text, std::string* why_not) const {
    const std::string path = File(name);
    if (read_file_(path.c_str(), text)) return true;
    *why_not = WhyNot(path);
    return false;
  }

  // What does not change as long as the thread does not run.
  bool ReadRuns(std::string* runs, std::string* why_not) const {
    if (read_file_(File("schedstat").c_str(), runs) &&
        !absl::StartsWith(*runs, "0 0 0")) {
      return true;
    }
    // This kernel does not count there how often a thread runs. Here all do,
    // but it costs more. What stands before is about the whole process.
    if (!Read("status", runs, why_not)) return false;
    const size_t counts = runs->find("\nvoluntary_ctxt_switches:");
    if (counts != runs->npos) {
      runs->erase(0, counts);
      return true;
    }
    errno = EBADMSG;
    *why_not = WhyNot(File("status"));
    return false;
  }

  // By errno.
  std::string WhyNot(const std::string& path) const {
    const int error = errno;
    return access(File("").c_str(), F_OK) != 0
               ? "has ended"
               : absl::StrCat(path, " cannot be read: ", strerror(error));
  }

  const int tid_;
  const ReadFile read_file_;
  const long kernels_tid_ = syscall(SYS_gettid);  // NOLINT(runtime/int)
  const int own_tid_ = RememberedOwnTid(kernels_tid_);
  // Not where /proc shows another process namespace.
  const bool numbers_agree_ = own_tid_ == kernels_tid_;
};

}  // namespace

ThreadStack StackOfThread(int tid, ReadFile read_file, int most_looks,
                          const TaskSyscall* stands) {
  const int error = errno;
  const Looker looker(tid, read_file);
  std::optional<ThreadStack> stack;
  if (looker.IsOwn()) {
    stack.emplace();
    stack->why_not = "is the thread that asks";
  } else if (stands != nullptr) {
    stack = looker.LookAt(*stands);
  }
  for (int look = 0; !stack && look < most_looks; ++look) {
    if (look > 0) std::this_thread::sleep_for(kPause);
    stack = looker.Look();
  }
  if (!stack) {
    stack.emplace();
    stack->why_not = kRuns;
  }
  errno = error;
  return *std::move(stack);
}

}  // namespace leaktrap::internal
