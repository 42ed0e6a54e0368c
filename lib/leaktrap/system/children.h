// Whether there are child processes, asked without a trace.

#ifndef LEAKTRAP_SYSTEM_CHILDREN_H_
#define LEAKTRAP_SYSTEM_CHILDREN_H_

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace leaktrap::internal {

// Takes no child and no notice away from the program: WNOWAIT. By syscall(2):
// neither a sanitizer nor the recorder takes it for a wait of the program's.
inline int UnseenPeek(idtype_t which, id_t id, siginfo_t* info) {
  return static_cast<int>(syscall(SYS_waitid, which, id, info,
                                  WEXITED | WNOHANG | WNOWAIT | __WALL,
                                  nullptr));
}

// Whether this process has no child at all: of no thread, neither running nor
// stopped nor a zombie. False when it has, when it traces another process, or
// when it cannot be told. One system call; leaves errno as it is.
inline bool HasNoChild() {
  const int error = errno;
  const bool none = UnseenPeek(P_ALL, 0, nullptr) != 0 && errno == ECHILD;
  errno = error;
  return none;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_CHILDREN_H_
