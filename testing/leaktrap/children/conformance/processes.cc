// Child processes, and what waits for them. What runs on is killed with this
// process's group.

#include <linux/sched.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "children/conformance/way.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Processes";

Undo KillAndWait(pid_t pid) {
  if (pid == -1) return nullptr;
  return [pid] {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, __WALL);
  };
}

[[noreturn]] void PauseForEver() {
  for (;;) pause();
}

int Pause(void*) { PauseForEver(); }

char true_name[] = "true";
char* const true_arguments[] = {true_name, nullptr};

WAY(fork, kProcess, "fork", "`waitpid`, or any of its family") {
  const pid_t pid = fork();
  if (pid == 0) PauseForEver();
  return KillAndWait(pid);
}

WAY(fork_zombie, kProcess, "fork", "`waitpid`, or any of its family") {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  return KillAndWait(pid);
}

WAY(fork_without_handlers, kProcess, "_Fork", "the same") {
  const pid_t pid = _Fork();
  if (pid == 0) PauseForEver();
  return KillAndWait(pid);
}

WAY(vfork, kProcess, "vfork", "the same") {
  const pid_t pid = vfork();
  if (pid == 0) _exit(0);
  return KillAndWait(pid);
}

WAY(posix_spawn, kProcess, "posix_spawn", "the same") {
  pid_t pid;
  if (posix_spawn(&pid, "/bin/true", nullptr, nullptr, true_arguments,
                  environ) != 0) {
    return nullptr;
  }
  return KillAndWait(pid);
}

WAY(posix_spawnp, kProcess, "posix_spawnp", "the same") {
  pid_t pid;
  if (posix_spawnp(&pid, "true", nullptr, nullptr, true_arguments, environ) !=
      0) {
    return nullptr;
  }
  return KillAndWait(pid);
}

// It ends when nobody writes to it any more.
WAY(popen, kDescriptorAndProcess, "popen", "`pclose`, `fclose`") {
  FILE* const stream = popen("exec cat", "w");
  if (stream == nullptr) return nullptr;
  return [stream] { pclose(stream); };
}

// Its session has a terminal of its own, and ends with that.
WAY_IF_THERE(forkpty, kDescriptorAndProcess, "forkpty", "`close`, `waitpid`") {
  int controller;
  const pid_t pid = forkpty(&controller, nullptr, nullptr, nullptr);
  if (pid == -1) return nullptr;
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody ends its session
    PauseForEver();
  }
  return [controller, pid] {
    close(controller);
    KillAndWait(pid)();
  };
}

WAY(system, kNothing, "", "by itself") {
  if (system("exit 0") != 0) return nullptr;
  return Nothing();
}

WAY(wordexp, kNothing, "", "by itself") {
  wordexp_t words;
  if (wordexp("$(true)", &words, 0) != 0) return nullptr;
  wordfree(&words);
  return Nothing();
}

pid_t Clone(int flags) {
  alignas(16) static char stack[16384];
  return clone(Pause, stack + sizeof(stack), flags, nullptr);
}

WAY(clone, kProcess, "", "`waitpid`") { return KillAndWait(Clone(SIGCHLD)); }

WAY(clone_without_signal, kProcess, "", "`waitpid` with `__WALL`") {
  return KillAndWait(Clone(0));
}

WAY(fork_system_call, kProcess, "", "`waitpid`") {
  const pid_t pid = static_cast<pid_t>(syscall(SYS_fork));
  if (pid == 0) PauseForEver();
  return KillAndWait(pid);
}

WAY_IF_THERE(clone3_with_pidfd, kDescriptorAndProcess, "",
             "`close`, `waitpid`") {
  int descriptor = -1;
  clone_args how = {};
  how.flags = CLONE_PIDFD;
  how.exit_signal = SIGCHLD;
  how.pidfd = reinterpret_cast<uintptr_t>(&descriptor);
  const pid_t pid = static_cast<pid_t>(syscall(SYS_clone3, &how, sizeof(how)));
  if (pid == -1) return nullptr;
  if (pid == 0) PauseForEver();
  return [descriptor, pid] {
    close(descriptor);
    KillAndWait(pid)();
  };
}

WAY(orphan_adopted, kProcess, "", "`waitpid`") {
  int ends[2];
  if (pipe(ends) == -1) return nullptr;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t parent = fork();
  if (parent == 0) {
    const pid_t orphan = fork();
    if (orphan == 0) PauseForEver();
    const bool is_told = write(ends[1], &orphan, sizeof(orphan)) > 0;
    _exit(is_told ? 0 : 1);
  }
  waitpid(parent, nullptr, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  pid_t orphan = -1;
  const bool is_told = read(ends[0], &orphan, sizeof(orphan)) > 0;
  Close(ends)();
  return is_told ? KillAndWait(orphan) : nullptr;
}

// It is nobody's here, and ends with us.
WAY(daemon, kNothing, "", "never: it is not ours") {
  const int self = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  const pid_t parent = fork();
  if (parent == 0) {
    if (daemon(1, 0) == -1) _exit(1);
    pollfd end_of_us = {self, POLLIN, 0};
    poll(&end_of_us, 1, -1);
    _exit(0);
  }
  int status = 1;
  waitpid(parent, &status, 0);
  close(self);
  return status == 0 ? Nothing() : nullptr;
}

// Our parent's child.
WAY(clone_sibling, kNothing, "", "never: it is not ours") {
  return Clone(CLONE_PARENT | SIGCHLD) == -1 ? nullptr : Nothing();
}

}  // namespace
}  // namespace leaktrap::conformance
