// Pipes, and what the kernel gives a descriptor to without being a file: event
// counters, timers, watches.

#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

LEAKTRAP_NEXT(pipe)
LEAKTRAP_NEXT(pipe2)
LEAKTRAP_NEXT(signalfd)
LEAKTRAP_NEXT(eventfd)
LEAKTRAP_NEXT(epoll_create)
LEAKTRAP_NEXT(epoll_create1)
LEAKTRAP_NEXT(timerfd_create)
LEAKTRAP_NEXT(inotify_init)
LEAKTRAP_NEXT(inotify_init1)
LEAKTRAP_NEXT(fanotify_init)
LEAKTRAP_NEXT(memfd_create)
LEAKTRAP_NEXT(pidfd_open)
LEAKTRAP_NEXT(pidfd_getfd)

namespace leaktrap::internal {

LEAKTRAP_INTERPOSED int pipe(int fds[2]) noexcept {
  return MakePair(LEAKTRAP_CALL_SITE("pipe"), fds,
                  [&] { return next_pipe.Get()(fds); });
}

LEAKTRAP_INTERPOSED int pipe2(int fds[2], int flags) noexcept {
  return MakePair(LEAKTRAP_CALL_SITE("pipe2"), fds,
                  [&] { return next_pipe2.Get()(fds, flags); });
}

// Of an open one it only changes the signals.
LEAKTRAP_INTERPOSED int signalfd(int fd, const sigset_t* signals,
                                 int flags) noexcept {
  if (fd != -1) return next_signalfd.Get()(fd, signals, flags);
  return MakeDescriptor(LEAKTRAP_CALL_SITE("signalfd"), [&] {
    return next_signalfd.Get()(fd, signals, flags);
  });
}

LEAKTRAP_INTERPOSED int eventfd(unsigned count, int flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("eventfd"),
                        [&] { return next_eventfd.Get()(count, flags); });
}

LEAKTRAP_INTERPOSED int epoll_create(int size) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("epoll_create"),
                        [&] { return next_epoll_create.Get()(size); });
}

LEAKTRAP_INTERPOSED int epoll_create1(int flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("epoll_create1"),
                        [&] { return next_epoll_create1.Get()(flags); });
}

LEAKTRAP_INTERPOSED int timerfd_create(clockid_t clock, int flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("timerfd_create"), [&] {
    return next_timerfd_create.Get()(clock, flags);
  });
}

LEAKTRAP_INTERPOSED int inotify_init() noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("inotify_init"),
                        [&] { return next_inotify_init.Get()(); });
}

LEAKTRAP_INTERPOSED int inotify_init1(int flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("inotify_init1"),
                        [&] { return next_inotify_init1.Get()(flags); });
}

LEAKTRAP_INTERPOSED int fanotify_init(unsigned flags,
                                      unsigned event_flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("fanotify_init"), [&] {
    return next_fanotify_init.Get()(flags, event_flags);
  });
}

LEAKTRAP_INTERPOSED int memfd_create(const char* name,
                                     unsigned flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("memfd_create"),
                        [&] { return next_memfd_create.Get()(name, flags); });
}

LEAKTRAP_INTERPOSED int pidfd_open(pid_t pid, unsigned flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("pidfd_open"),
                        [&] { return next_pidfd_open.Get()(pid, flags); });
}

LEAKTRAP_INTERPOSED int pidfd_getfd(int pidfd, int fd,
                                    unsigned flags) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("pidfd_getfd"), [&] {
    return next_pidfd_getfd.Get()(pidfd, fd, flags);
  });
}

}  // namespace leaktrap::internal
