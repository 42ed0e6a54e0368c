// In libc.a most functions are weak aliases, and a definition of ours takes
// their place; the function itself is still there by its own name. The others
// are done without. Not linked into other programs: libc.so exports few of
// those names.

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "leaktrap/origin/static_functions.h"

// What creates mkstemp(3)'s file; `kind` zero is a file.
extern "C" int __gen_tempname(char* pattern, int suffix, int flags, int kind);

// clang-format off

#if __GLIBC_PREREQ(2, 43)
#define LEAKTRAP_NEWER_NAMES(F) F(openat2)
#else
#define LEAKTRAP_NEWER_NAMES(F)
#endif

// The functions of which both names are the same but for "__".
#define LEAKTRAP_SAME_NAMES(F)                                                \
  F(close) F(close_range) F(closedir) F(closefrom) F(creat) F(creat64) F(dup) \
  F(dup2) F(dup3) F(fcntl) F(fcntl64) F(fdopendir) F(fork) F(forkpty)         \
  F(getpt) F(mq_close) F(mq_open) F(open) F(open64) F(openat) F(openat64)     \
  F(opendir) F(openpty) F(pipe) F(pipe2) F(posix_openpt) F(posix_spawn)       \
  F(posix_spawnp) F(pthread_create) F(pthread_detach) F(pthread_join)         \
  F(pthread_tryjoin_np) F(recvmmsg) F(recvmsg) F(shm_open) F(socket)          \
  F(socketpair) F(thrd_create) F(thrd_detach) F(thrd_join) F(wait) F(wait3)   \
  F(wait4) F(waitid) F(waitpid) LEAKTRAP_NEWER_NAMES(F)

// Those of _FORTIFY_SOURCE go without its check: a mode where one is needed.
#define LEAKTRAP_OTHER_NAMES(F)                                        \
  F(accept, __libc_accept) F(fclose, _IO_fclose) F(fdopen, _IO_fdopen) \
  F(fopen, _IO_fopen) F(fopen64, _IO_fopen) F(pclose, __new_pclose)    \
  F(popen, _IO_popen) F(tmpfile, __new_tmpfile)                        \
  F(tmpfile64, __new_tmpfile) F(__mq_open_2, ___mq_open_2)             \
  F(pthread_clockjoin_np, ___pthread_clockjoin_np)                     \
  F(pthread_timedjoin_np, ___pthread_timedjoin_np)                     \
  F(__open_2, __open) F(__open64_2, __open64)                          \
  F(__openat_2, __openat) F(__openat64_2, __openat64)

// clang-format on

#define LEAKTRAP_DECLARE_OTHER(name, alias) extern "C" void alias();
#define LEAKTRAP_DECLARE_SAME(name) LEAKTRAP_DECLARE_OTHER(name, __##name)
LEAKTRAP_SAME_NAMES(LEAKTRAP_DECLARE_SAME)
LEAKTRAP_OTHER_NAMES(LEAKTRAP_DECLARE_OTHER)

namespace leaktrap::internal {
namespace {

template <long kNumber, typename... Arguments>
int SystemCall(Arguments... arguments) {
  return static_cast<int>(syscall(kNumber, arguments...));
}

// For one that waits: the thread can be cancelled in it.
template <long kNumber, typename... Arguments>
int WaitingCall(Arguments... arguments) {
  int type;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  const long result = syscall(kNumber, arguments...);
  pthread_setcanceltype(type, nullptr);
  return static_cast<int>(result);
}

int EpollCreate(int size) {
  if (size > 0) return SystemCall<SYS_epoll_create1>(0);
  errno = EINVAL;
  return -1;
}

void EndProcess(int status) { syscall(SYS_exit_group, status); }

int InotifyInit() { return SystemCall<SYS_inotify_init1>(0); }

int SignalFd(int fd, const void* signals, int flags) {
  constexpr int kSizeOfSet = 8;
  return static_cast<int>(
      syscall(SYS_signalfd4, fd, signals, kSizeOfSet, flags));
}

int MkOsTemps(char* pattern, int suffix, int flags) {
  if (suffix >= 0) return __gen_tempname(pattern, suffix, flags, 0);
  errno = EINVAL;
  return -1;
}
int MkSTemps(char* pattern, int suffix) {
  return MkOsTemps(pattern, suffix, 0);
}
int MkOsTemp(char* pattern, int flags) { return MkOsTemps(pattern, 0, flags); }
int MkSTemp(char* pattern) { return MkOsTemps(pattern, 0, 0); }

// Where the program reads a data base it has the C library's functions, which
// then take the place of ours. Else there is nothing to open or close.
template <typename... Arguments>
void DoNothing(Arguments...) {}

struct Entry {
  const char* name;
  void* function;
};

template <typename Function>
Entry EntryOf(const char* name, Function* function) {
  return {name, reinterpret_cast<void*>(function)};
}

}  // namespace

#define LEAKTRAP_OTHER(name, alias) EntryOf(#name, &alias),
#define LEAKTRAP_SAME(name) LEAKTRAP_OTHER(name, __##name)

void* StaticFunction(const char* name) {
  const Entry entries[] = {
      // clang-format off
      LEAKTRAP_SAME_NAMES(LEAKTRAP_SAME)
      LEAKTRAP_OTHER_NAMES(LEAKTRAP_OTHER)
      // clang-format on
      EntryOf("accept4", WaitingCall<SYS_accept4, int, void*, void*, int>),
      EntryOf("open_by_handle_at",
              WaitingCall<SYS_open_by_handle_at, int, void*, int>),
      EntryOf("_exit", EndProcess),
      EntryOf("_Exit", EndProcess),
      EntryOf("epoll_create", EpollCreate),
      EntryOf("epoll_create1", SystemCall<SYS_epoll_create1, int>),
      EntryOf("eventfd", SystemCall<SYS_eventfd2, unsigned, int>),
      EntryOf("fanotify_init",
              SystemCall<SYS_fanotify_init, unsigned, unsigned>),
      EntryOf("inotify_init", InotifyInit),
      EntryOf("inotify_init1", SystemCall<SYS_inotify_init1, int>),
      EntryOf("memfd_create",
              SystemCall<SYS_memfd_create, const char*, unsigned>),
      EntryOf("pidfd_open", SystemCall<SYS_pidfd_open, pid_t, unsigned>),
      EntryOf("pidfd_getfd", SystemCall<SYS_pidfd_getfd, int, int, unsigned>),
      EntryOf("signalfd", SignalFd),
      EntryOf("timerfd_create", SystemCall<SYS_timerfd_create, int, int>),
      EntryOf("mkstemp", MkSTemp),
      EntryOf("mkstemp64", MkSTemp),
      EntryOf("mkostemp", MkOsTemp),
      EntryOf("mkostemp64", MkOsTemp),
      EntryOf("mkstemps", MkSTemps),
      EntryOf("mkstemps64", MkSTemps),
      EntryOf("mkostemps", MkOsTemps),
      EntryOf("mkostemps64", MkOsTemps),
      EntryOf("sethostent", DoNothing<int>),
      EntryOf("endhostent", DoNothing<>),
      EntryOf("setnetent", DoNothing<int>),
      EntryOf("endnetent", DoNothing<>),
      EntryOf("setprotoent", DoNothing<int>),
      EntryOf("endprotoent", DoNothing<>),
      EntryOf("setservent", DoNothing<int>),
      EntryOf("endservent", DoNothing<>),
      EntryOf("setpwent", DoNothing<>),
      EntryOf("endpwent", DoNothing<>),
      EntryOf("setgrent", DoNothing<>),
      EntryOf("endgrent", DoNothing<>),
      EntryOf("setspent", DoNothing<>),
      EntryOf("endspent", DoNothing<>),
  };
  for (const Entry& entry : entries) {
    if (std::strcmp(entry.name, name) == 0) return entry.function;
  }
  return nullptr;
}

}  // namespace leaktrap::internal
