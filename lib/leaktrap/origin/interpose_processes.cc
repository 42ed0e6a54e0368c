// Child processes: made, and waited for. popen(3) stands with the streams.

#undef _FORTIFY_SOURCE

#include <pty.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/thread_ledger.h"

LEAKTRAP_NEXT(fork)
LEAKTRAP_NEXT(forkpty)
LEAKTRAP_NEXT(posix_spawn)
LEAKTRAP_NEXT(posix_spawnp)
LEAKTRAP_NEXT(wait)
LEAKTRAP_NEXT(waitpid)
LEAKTRAP_NEXT(wait3)
LEAKTRAP_NEXT(wait4)
LEAKTRAP_NEXT(waitid)

// See RECORDER_LINKOPTS in BUILD.bazel.
extern "C" decltype(::_Fork) __real__Fork;

namespace leaktrap::internal {

// `create` gives the child's id in the parent, 0 in the child, or -1.
template <typename Create>
static pid_t MakeProcess(const CallSite& site, Create create) {
  const uint64_t sequence = BeginCreation();
  const pid_t pid = create();
  RecordProcess(sequence, pid, site);
  return pid;
}

// `spawn` stores the child's id and gives 0, or gives an error.
template <typename Spawn>
static int SpawnProcess(const CallSite& site, Spawn spawn) {
  const uint64_t sequence = BeginCreation();
  pid_t pid = 0;
  const int error = spawn(&pid);
  if (error == 0) RecordProcess(sequence, pid, site);
  return error;
}

// A child that only stopped or went on is still there.
static pid_t Waited(pid_t pid, int status) {
  if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) ForgetProcess(pid);
  return pid;
}

LEAKTRAP_INTERPOSED pid_t fork() noexcept {
  return MakeProcess(LEAKTRAP_CALL_SITE("fork"),
                     [] { return next_fork.Get()(); });
}

LEAKTRAP_INTERPOSED pid_t __wrap__Fork() noexcept {
  const pid_t pid =
      MakeProcess(LEAKTRAP_CALL_SITE("_Fork"), [] { return __real__Fork(); });
  if (pid == 0) {  // it calls no handlers
    AdoptProcess();
    ForgetOtherThreads();
  }
  return pid;
}

LEAKTRAP_INTERPOSED pid_t forkpty(int* controller, char* name,
                                  const termios* settings,
                                  const winsize* size) noexcept {
  const CallSite site = LEAKTRAP_CALL_SITE("forkpty");
  const uint64_t sequence = BeginCreation();
  const pid_t pid = MakeProcess(site, [&] {
    return next_forkpty.Get()(controller, name, settings, size);
  });
  if (pid > 0) RecordDescriptor(sequence, *controller, site);
  return pid;
}

LEAKTRAP_INTERPOSED int posix_spawn(pid_t* pid, const char* path,
                                    const posix_spawn_file_actions_t* actions,
                                    const posix_spawnattr_t* attributes,
                                    char* const arguments[],
                                    char* const environment[]) {
  return SpawnProcess(LEAKTRAP_CALL_SITE("posix_spawn"), [&](pid_t* made) {
    const int error = next_posix_spawn.Get()(made, path, actions, attributes,
                                             arguments, environment);
    if (error == 0 && pid != nullptr) *pid = *made;
    return error;
  });
}

LEAKTRAP_INTERPOSED int posix_spawnp(pid_t* pid, const char* file,
                                     const posix_spawn_file_actions_t* actions,
                                     const posix_spawnattr_t* attributes,
                                     char* const arguments[],
                                     char* const environment[]) {
  return SpawnProcess(LEAKTRAP_CALL_SITE("posix_spawnp"), [&](pid_t* made) {
    const int error = next_posix_spawnp.Get()(made, file, actions, attributes,
                                              arguments, environment);
    if (error == 0 && pid != nullptr) *pid = *made;
    return error;
  });
}

LEAKTRAP_INTERPOSED pid_t wait(int* status) {
  int own = 0;
  int* const told = status == nullptr ? &own : status;
  const pid_t pid = next_wait.Get()(told);
  return Waited(pid, *told);
}

LEAKTRAP_INTERPOSED pid_t waitpid(pid_t which, int* status, int options) {
  int own = 0;
  int* const told = status == nullptr ? &own : status;
  const pid_t pid = next_waitpid.Get()(which, told, options);
  return Waited(pid, *told);
}

// The header says that they throw nothing; but a thread that is cancelled in
// them unwinds, which a noexcept function would not survive. So they have names
// of their own here.
LEAKTRAP_INTERPOSED pid_t RecordedWait3(int* status, int options,
                                        rusage* usage) __asm__("wait3");
LEAKTRAP_INTERPOSED pid_t RecordedWait4(pid_t which, int* status, int options,
                                        rusage* usage) __asm__("wait4");

LEAKTRAP_INTERPOSED pid_t RecordedWait3(int* status, int options,
                                        rusage* usage) {
  int own = 0;
  int* const told = status == nullptr ? &own : status;
  const pid_t pid = next_wait3.Get()(told, options, usage);
  return Waited(pid, *told);
}

LEAKTRAP_INTERPOSED pid_t RecordedWait4(pid_t which, int* status, int options,
                                        rusage* usage) {
  int own = 0;
  int* const told = status == nullptr ? &own : status;
  const pid_t pid = next_wait4.Get()(which, told, options, usage);
  return Waited(pid, *told);
}

LEAKTRAP_INTERPOSED int waitid(idtype_t type, id_t which, siginfo_t* info,
                               int options) {
  siginfo_t own = {};
  siginfo_t* const told = info == nullptr ? &own : info;
  const int result = next_waitid.Get()(type, which, told, options);
  if (result == 0 && (options & WNOWAIT) == 0 &&
      (told->si_code == CLD_EXITED || told->si_code == CLD_KILLED ||
       told->si_code == CLD_DUMPED)) {
    ForgetProcess(told->si_pid);
  }
  return result;
}

}  // namespace leaktrap::internal
