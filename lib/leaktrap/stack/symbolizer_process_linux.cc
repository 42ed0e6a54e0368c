// execve(2) sets the signal that a child's end sends back to SIGCHLD, however
// it was cloned. So there are two children: the keeper, a clone that sends no
// signal, executes nothing and ends last; and its child, the program. SIGCHLD
// goes to the keeper, which waits, kills in time, and writes down how it ended.
//
// After the fork both do raw system calls only: another thread may have held
// any lock of the C library's. fork(3) itself would run the program's atfork
// handlers, and ThreadSanitizer's.

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "leaktrap/stack/symbolizer_process.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// The kernel's own types, which the C library's differ from. rt_sigprocmask by
// hand, because the C library leaves its own signals out of the mask.
using SignalMask = uint64_t;

struct SignalAction {
  void* handler;
  unsigned long flags;  // NOLINT(runtime/int)
  uint64_t rest[4];
};

constexpr SignalMask kAllSignals = ~SignalMask{0};
constexpr SignalMask kNoSignals = 0;
constexpr SignalMask kChildEnded = SignalMask{1} << (SIGCHLD - 1);
constexpr int kSignals = 64;

// How the program ended, in memory that the three processes share.
struct Ending {
  bool keeper_done = false;
  bool timed_out = false;
  int not_started = 0;  // errno
  int status = 0;       // wait(2)'s
};

struct Task {
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  timespec time;
  rlim_t bytes;
  Ending* ending;
};

pid_t Clone(int signal_at_end) {
  return static_cast<pid_t>(syscall(SYS_clone, signal_at_end, 0, 0, 0, 0));
}

void SetSignalMask(SignalMask mask, SignalMask* before = nullptr) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, before, sizeof(mask));
}

[[noreturn]] void Exit(int code) {
  for (;;) syscall(SYS_exit_group, code);
}

[[noreturn]] void ExitNotStarted(const Task& task) {
  task.ending->not_started = errno;
  Exit(127);
}

// A descriptor out of the way of the standard ones, which a test may have
// closed.
int AboveStandard(int fd) {
  return fd > STDERR_FILENO ? fd : UnseenFcntl(fd, F_DUPFD, STDERR_FILENO + 1);
}

void Prctl(int option, unsigned long value) {  // NOLINT(runtime/int)
  syscall(SYS_prctl, option, value, 0, 0, 0);
}

// Only the program's three descriptors stay open. The tests' own must not even
// in the keeper: somebody may wait for the end of a pipe.
bool TakeDescriptors(const Task& task) {
  const int input = AboveStandard(task.input);
  const int output = AboveStandard(task.output);
  if (input < 0 || output < 0 ||
      syscall(SYS_dup3, input, STDIN_FILENO, 0) < 0 ||
      syscall(SYS_dup3, output, STDOUT_FILENO, 0) < 0 ||
      syscall(SYS_close_range, STDERR_FILENO, UINT_MAX, 0) != 0) {
    return false;
  }
  // Takes the lowest number, which is that of standard error.
  UnseenOpen("/dev/null", O_RDWR);
  return true;
}

[[noreturn]] void BeProgram(const Task& task) {
  Prctl(PR_SET_PDEATHSIG, SIGKILL);
  syscall(SYS_setpgid, 0, 0);
  const rlimit output = {task.bytes, task.bytes};
  const rlimit core = {0, 0};
  syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &output, nullptr);
  syscall(SYS_prlimit64, 0, RLIMIT_CORE, &core, nullptr);
  SetSignalMask(kNoSignals);
  syscall(SYS_execve, task.arguments[0], task.arguments, task.environment);
  ExitNotStarted(task);
}

// All signals are blocked.
[[noreturn]] void BeKeeper(const Task& task) {
  Prctl(PR_SET_PDEATHSIG, SIGKILL);
  SignalAction as_usual = {};
  as_usual.flags = SA_NOCLDSTOP;
  for (int i = 1; i <= kSignals; ++i) {
    syscall(SYS_rt_sigaction, i, &as_usual, nullptr, sizeof(SignalMask));
  }
  if (!TakeDescriptors(task)) ExitNotStarted(task);
  const pid_t program = Clone(SIGCHLD);
  if (program == 0) BeProgram(task);
  if (program < 0) ExitNotStarted(task);
  // By both, as either may be first.
  syscall(SYS_setpgid, program, program);
  long got;  // NOLINT(runtime/int)
  do {
    got = syscall(SYS_rt_sigtimedwait, &kChildEnded, nullptr, &task.time,
                  sizeof(SignalMask));
  } while (got < 0 && errno == EINTR);
  task.ending->timed_out = got < 0;
  // With all that it started itself. The number is its own until it is waited
  // for, and nobody else can.
  syscall(SYS_kill, -program, SIGKILL);
  syscall(SYS_kill, program, SIGKILL);
  while (syscall(SYS_wait4, program, &task.ending->status, __WALL, nullptr) <
             0 &&
         errno == EINTR) {
  }
  task.ending->keeper_done = true;
  Exit(0);
}

// Runs the task to its end. False with errno set if no process could be made.
bool Run(const Task& task) {
  SignalMask before = 0;
  SetSignalMask(kAllSignals, &before);
  const pid_t keeper = Clone(/*signal_at_end=*/0);
  if (keeper == 0) BeKeeper(task);
  const int error = errno;
  SetSignalMask(before);
  errno = error;
  if (keeper < 0) return false;
  // A program that waits with __WALL may be first; it ended then, too.
  while (syscall(SYS_wait4, keeper, nullptr, __WALL, nullptr) < 0 &&
         errno == EINTR) {
  }
  return true;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<char*> Environment() {
  std::vector<char*> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    bool keep = true;
    for (std::string_view name :
         {"LD_PRELOAD=", "LD_AUDIT=", "DEBUGINFOD_URLS="}) {
      if (text.substr(0, name.size()) == name) keep = false;
    }
    if (keep) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

// Memory that a fork shares.
class SharedEnding {
 public:
  SharedEnding()
      : memory_(mmap(nullptr, sizeof(Ending), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ != MAP_FAILED) new (memory_) Ending();
  }
  SharedEnding(const SharedEnding&) = delete;
  SharedEnding& operator=(const SharedEnding&) = delete;
  ~SharedEnding() {
    if (memory_ != MAP_FAILED) munmap(memory_, sizeof(Ending));
  }

  // Null if there was no memory.
  Ending* get() const {
    return memory_ == MAP_FAILED ? nullptr : static_cast<Ending*>(memory_);
  }

 private:
  void* const memory_;
};

ProcessResult NoMeans() { return {ProcessResult::End::kNoMeans, errno, ""}; }

ProcessResult ResultOf(const Ending& ending) {
  using End = ProcessResult::End;
  if (ending.not_started != 0)
    return {End::kNotStarted, ending.not_started, ""};
  // Only somebody who kills our children can have ended the keeper.
  if (!ending.keeper_done) return {End::kKilled, SIGKILL, ""};
  if (ending.timed_out) return {End::kTimedOut, 0, ""};
  if (WIFSIGNALED(ending.status)) {
    return {End::kKilled, WTERMSIG(ending.status), ""};
  }
  return {End::kExited, WEXITSTATUS(ending.status), ""};
}

ProcessResult RunTask(const std::vector<std::string>& arguments,
                      const std::string& input, const ProcessLimits& limits) {
  const UnseenFile in(UnseenMemfdCreate("leaktrap-symbolizer", MFD_CLOEXEC));
  if (!in.is_open()) return NoMeans();
  const UnseenFile out(UnseenMemfdCreate("leaktrap-symbolizer", MFD_CLOEXEC));
  if (!out.is_open()) return NoMeans();
  const SharedEnding ending;
  if (ending.get() == nullptr || !in.Write(input)) return NoMeans();
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment = Environment();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(limits.time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(
      limits.time - seconds);
  const Task task = {argument_pointers.data(),
                     environment.data(),
                     in.descriptor(),
                     out.descriptor(),
                     {seconds.count(), rest.count()},
                     limits.bytes,
                     ending.get()};
  if (!Run(task)) return NoMeans();
  ProcessResult result = ResultOf(*ending.get());
  result.output.resize(out.Size());
  if (!out.Read(result.output.data(), result.output.size(), 0)) {
    return NoMeans();
  }
  return result;
}

}  // namespace

ProcessResult RunProcess(const std::vector<std::string>& arguments,
                         const std::string& input,
                         const ProcessLimits& limits) {
  const int error = errno;
  ProcessResult result = RunTask(arguments, input, limits);
  errno = error;
  return result;
}

}  // namespace leaktrap::internal
