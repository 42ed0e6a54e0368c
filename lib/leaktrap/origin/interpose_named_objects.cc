// Temporary files, shared memory, message queues and terminals.

#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>

#include <cstdarg>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

// What mq_open(3) is called with _FORTIFY_SOURCE.
extern "C" mqd_t __mq_open_2(const char* name, int flags);

LEAKTRAP_NEXT(mkstemp)
LEAKTRAP_NEXT(mkstemp64)
LEAKTRAP_NEXT(mkostemp)
LEAKTRAP_NEXT(mkostemp64)
LEAKTRAP_NEXT(mkstemps)
LEAKTRAP_NEXT(mkstemps64)
LEAKTRAP_NEXT(mkostemps)
LEAKTRAP_NEXT(mkostemps64)
LEAKTRAP_NEXT(tmpfile)
LEAKTRAP_NEXT(tmpfile64)
LEAKTRAP_NEXT(shm_open)
LEAKTRAP_NEXT(mq_open)
LEAKTRAP_NEXT(__mq_open_2)
LEAKTRAP_NEXT(mq_close)
LEAKTRAP_NEXT(posix_openpt)
LEAKTRAP_NEXT(getpt)
LEAKTRAP_NEXT(openpty)

namespace leaktrap::internal {

LEAKTRAP_INTERPOSED int mkstemp(char* pattern) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkstemp"),
                        [&] { return next_mkstemp.Get()(pattern); });
}

LEAKTRAP_INTERPOSED int mkstemp64(char* pattern) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkstemp"),
                        [&] { return next_mkstemp64.Get()(pattern); });
}

LEAKTRAP_INTERPOSED int mkostemp(char* pattern, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkostemp"),
                        [&] { return next_mkostemp.Get()(pattern, flags); });
}

LEAKTRAP_INTERPOSED int mkostemp64(char* pattern, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkostemp"),
                        [&] { return next_mkostemp64.Get()(pattern, flags); });
}

LEAKTRAP_INTERPOSED int mkstemps(char* pattern, int suffix) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkstemps"),
                        [&] { return next_mkstemps.Get()(pattern, suffix); });
}

LEAKTRAP_INTERPOSED int mkstemps64(char* pattern, int suffix) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkstemps"),
                        [&] { return next_mkstemps64.Get()(pattern, suffix); });
}

LEAKTRAP_INTERPOSED int mkostemps(char* pattern, int suffix, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkostemps"), [&] {
    return next_mkostemps.Get()(pattern, suffix, flags);
  });
}

LEAKTRAP_INTERPOSED int mkostemps64(char* pattern, int suffix, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mkostemps"), [&] {
    return next_mkostemps64.Get()(pattern, suffix, flags);
  });
}

LEAKTRAP_INTERPOSED FILE* tmpfile() {
  return MakeStream(
      LEAKTRAP_CALL_SITE("tmpfile"), [&] { return next_tmpfile.Get()(); },
      fileno_unlocked);
}

LEAKTRAP_INTERPOSED FILE* tmpfile64() {
  return MakeStream(
      LEAKTRAP_CALL_SITE("tmpfile"), [&] { return next_tmpfile64.Get()(); },
      fileno_unlocked);
}

LEAKTRAP_INTERPOSED int shm_open(const char* name, int flags, mode_t mode) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("shm_open"),
                        [&] { return next_shm_open.Get()(name, flags, mode); });
}

LEAKTRAP_INTERPOSED mqd_t mq_open(const char* name, int flags, ...) noexcept {
  mode_t mode = 0;
  mq_attr* attributes = nullptr;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    attributes = va_arg(arguments, mq_attr*);
    va_end(arguments);
  }
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mq_open"), [&] {
    return next_mq_open.Get()(name, flags, mode, attributes);
  });
}

LEAKTRAP_INTERPOSED mqd_t __mq_open_2(const char* name, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("mq_open"),
                        [&] { return next___mq_open_2.Get()(name, flags); });
}

LEAKTRAP_INTERPOSED int mq_close(mqd_t queue) noexcept {
  return ReleaseDescriptor(queue, __builtin_return_address(0),
                           [&] { return next_mq_close.Get()(queue); });
}

LEAKTRAP_INTERPOSED int posix_openpt(int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("posix_openpt"),
                        [&] { return next_posix_openpt.Get()(flags); });
}

LEAKTRAP_INTERPOSED int getpt() {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("getpt"),
                        [&] { return next_getpt.Get()(); });
}

LEAKTRAP_INTERPOSED int openpty(int* controller, int* terminal, char* name,
                                const termios* settings,
                                const winsize* size) noexcept {
  int fds[2] = {-1, -1};
  const int result = MakePair(LEAKTRAP_CALL_SITE("openpty"), fds, [&] {
    return next_openpty.Get()(&fds[0], &fds[1], name, settings, size);
  });
  if (result == 0) {
    *controller = fds[0];
    *terminal = fds[1];
  }
  return result;
}

}  // namespace leaktrap::internal
