// execve(2) sets the signal that a child's end sends back to SIGCHLD, however
// it was cloned. So there are two children: the keeper, a clone that sends no
// signal, executes nothing and ends last; and its child, the program. SIGCHLD
// goes to the keeper, which waits, kills in time, and writes down how it ended.
//
// After the clone both do raw system calls only: another thread may have held
// any lock of the C library's. fork(3) itself would run the program's atfork
// handlers, and ThreadSanitizer's.

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "leaktrap/stack/process_ending.h"
#include "leaktrap/stack/unseen_clone.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/stack/unseen_process.h"
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
constexpr int kMostSignal = 64;
// More than a pipe holds.
constexpr uint64_t kMostDrainedAtEnd = 2 << 20;

struct Task {
  const char* path = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  timespec time = {};
  Ending* ending = nullptr;
  const UnseenClone* clone = nullptr;
  // Of a program that is asked.
  int input = -1;
  int output = -1;
  rlim_t bytes = 0;
  // Of one that may do what it likes.
  const char* folder = nullptr;
  Tail tail = {};
};

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

// What the keeper has where the end of the output is kept.
enum TailDescriptor { kNull, kReadEnd, kWriteEnd, kSignals };

// A pipe of the keeper's own: of the tests' descriptors none is needed.
bool TakeTailDescriptors() {
  if (syscall(SYS_close_range, 0, UINT_MAX, 0) != 0) return false;
  if (UnseenOpen("/dev/null", O_RDWR) != kNull) return false;
  int ends[2];
  // Each call takes the lowest number.
  return syscall(SYS_pipe2, ends, O_CLOEXEC) == 0 &&
         UnseenFcntl(kReadEnd, F_SETFL, O_NONBLOCK) == 0 &&
         syscall(SYS_signalfd4, -1, &kChildEnded, sizeof(SignalMask),
                 SFD_CLOEXEC) == kSignals;
}

bool TakeProgramsTailDescriptors() {
  return syscall(SYS_dup3, kWriteEnd, STDOUT_FILENO, 0) >= 0 &&
         UnseenFcntl(kWriteEnd, F_SETFD, 0) == 0;
}

int BeProgram(void* argument) {
  const Task& task = *static_cast<Task*>(argument);
  Prctl(PR_SET_PDEATHSIG, SIGKILL);
  syscall(SYS_setpgid, 0, 0);
  const rlimit core = {0, 0};
  syscall(SYS_prlimit64, 0, RLIMIT_CORE, &core, nullptr);
  if (task.tail.bytes == nullptr) {
    const rlimit output = {task.bytes, task.bytes};
    syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &output, nullptr);
  } else if (!TakeProgramsTailDescriptors() ||
             syscall(SYS_chdir, task.folder) != 0) {
    ExitNotStarted(task);
  }
  SetSignalMask(kNoSignals);
  syscall(SYS_execve, task.path, task.arguments, task.environment);
  ExitNotStarted(task);
}

// True when the program came to its end in time. SIGCHLD is blocked.
bool WaitInTime(const Task& task) {
  long got;  // NOLINT(runtime/int)
  do {
    got = syscall(SYS_rt_sigtimedwait, &kChildEnded, nullptr, &task.time,
                  sizeof(SignalMask));
  } while (got < 0 && errno == EINTR);
  return got >= 0;
}

// Takes what is in the pipe, once. False if nothing is.
bool Drain(const Task& task) {
  const Tail& tail = task.tail;
  const uint64_t at = task.ending->written % tail.size;
  const ssize_t got = UnseenRead(kReadEnd, tail.bytes + at, tail.size - at);
  if (got > 0) task.ending->written += static_cast<uint64_t>(got);
  return got > 0;
}

int64_t NowInMs() {
  timespec now = {};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// The same, and takes what is written meanwhile.
bool DrainInTime(const Task& task) {
  const int64_t deadline =
      NowInMs() + task.time.tv_sec * 1000 + task.time.tv_nsec / 1'000'000;
  pollfd polled[] = {{kReadEnd, POLLIN, 0}, {kSignals, POLLIN, 0}};
  for (;;) {
    const int64_t left = deadline - NowInMs();
    if (left <= 0) return false;
    const timespec time = {left / 1000, left % 1000 * 1'000'000};
    syscall(SYS_ppoll, polled, 2, &time, nullptr, sizeof(SignalMask));
    if (polled[1].revents != 0) return true;
    // Without a writer it is readable for ever.
    if (polled[0].revents != 0 && !Drain(task)) polled[0].fd = -1;
  }
}

// A child of either sort: by waitid(2) where the kernel refuses wait4(2). The
// C library's WIFEXITED and so on read `status`.
void WaitFor(pid_t child, int* status) {
  for (;;) {
    if (syscall(SYS_wait4, child, status, __WALL, nullptr) >= 0) return;
    if (errno == EINTR) continue;
    if (errno == ECHILD) return;
    siginfo_t info = {};
    if (syscall(SYS_waitid, P_PID, child, &info, WEXITED | __WALL, nullptr) ==
        0) {
      *status = info.si_code == CLD_EXITED
                    ? (info.si_status & 0xff) << 8
                    : info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
      return;
    }
    if (errno != EINTR) return;
  }
}

// All signals are blocked.
int BeKeeper(void* argument) {
  Task& task = *static_cast<Task*>(argument);
  Prctl(PR_SET_PDEATHSIG, SIGKILL);
  SignalAction as_usual = {};
  as_usual.flags = SA_NOCLDSTOP;
  for (int i = 1; i <= kMostSignal; ++i) {
    syscall(SYS_rt_sigaction, i, &as_usual, nullptr, sizeof(SignalMask));
  }
  const bool keeps_tail = task.tail.bytes != nullptr;
  if (keeps_tail ? !TakeTailDescriptors() : !TakeDescriptors(task)) {
    ExitNotStarted(task);
  }
  const pid_t program =
      task.clone->Start(SIGCHLD, /*is_childs=*/true, BeProgram, &task);
  if (program < 0) ExitNotStarted(task);
  // By both, as either may be first.
  syscall(SYS_setpgid, program, program);
  if (keeps_tail) UnseenClose(kWriteEnd);
  task.ending->timed_out = !(keeps_tail ? DrainInTime(task) : WaitInTime(task));
  // With all that it started itself. The number is its own until it is waited
  // for, and nobody else can.
  syscall(SYS_kill, -program, SIGKILL);
  syscall(SYS_kill, program, SIGKILL);
  WaitFor(program, &task.ending->status);
  // Not for ever: a process that left the group may write on.
  const uint64_t enough = task.ending->written + kMostDrainedAtEnd;
  while (keeps_tail && task.ending->written < enough && Drain(task)) {
  }
  task.ending->keeper_done = true;
  Exit(0);
}

// Runs the task to its end. False with errno set if no process could be made.
bool Run(Task task) {
  // One that may do what it likes may take its time.
  const UnseenClone clone(task.tail.bytes == nullptr
                              ? UnseenClone::Memory::kAsIsQuicker
                              : UnseenClone::Memory::kCopy);
  task.clone = &clone;
  SignalMask before = 0;
  SetSignalMask(kAllSignals, &before);
  const pid_t keeper =
      clone.Start(/*signal_at_end=*/0, /*is_childs=*/false, BeKeeper, &task);
  const int error = errno;
  SetSignalMask(before);
  errno = error;
  if (keeper < 0) return false;
  // A program that waits with __WALL may be first; it ended then, too.
  int status = 0;
  WaitFor(keeper, &status);
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

timespec TimeOf(const ProcessLimits& limits) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(limits.time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(
      limits.time - seconds);
  return {seconds.count(), rest.count()};
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
  Task task = {};
  task.path = arguments[0].c_str();
  task.arguments = argument_pointers.data();
  task.environment = environment.data();
  task.time = TimeOf(limits);
  task.ending = ending.get();
  task.input = in.descriptor();
  task.output = out.descriptor();
  task.bytes = limits.bytes;
  if (!Run(task)) return NoMeans();
  ProcessResult result = ResultOf(*ending.get());
  result.output.resize(out.Size());
  if (!out.Read(result.output.data(), result.output.size(), 0)) {
    return NoMeans();
  }
  return result;
}

std::string Ordered(const Tail& tail, uint64_t written) {
  const uint64_t kept = std::min(written, tail.size);
  std::string text;
  for (uint64_t i = written - kept; i < written; ++i) {
    text += tail.bytes[i % tail.size];
  }
  return text;
}

ProcessResult RunTask(const Program& program, const ProcessLimits& limits) {
  const SharedEnding ending(limits.bytes);
  if (ending.get() == nullptr) return NoMeans();
  const std::vector<char*> arguments = Pointers(program.arguments);
  const std::vector<char*> environment = Pointers(program.environment);
  Task task = {};
  task.path = program.path.c_str();
  task.arguments = arguments.data();
  task.environment = environment.data();
  task.time = TimeOf(limits);
  task.ending = ending.get();
  task.folder = program.folder.c_str();
  task.tail = ending.tail();
  if (!Run(task)) return NoMeans();
  ProcessResult result = ResultOf(*ending.get());
  result.output = Ordered(task.tail, ending.get()->written);
  return result;
}

}  // namespace

ProcessResult RunProgram(const Program& program, const ProcessLimits& limits) {
  const int error = errno;
  ProcessResult result = RunTask(program, limits);
  errno = error;
  return result;
}

ProcessResult RunProcess(const std::vector<std::string>& arguments,
                         const std::string& input,
                         const ProcessLimits& limits) {
  const int error = errno;
  ProcessResult result = RunTask(arguments, input, limits);
  errno = error;
  return result;
}

}  // namespace leaktrap::internal
