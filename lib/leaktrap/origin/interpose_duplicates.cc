// Descriptors that refer to what another one refers to.

#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

// glibc declares it only under the name of fcntl, for big files.
extern "C" int fcntl64(int fd, int command, ...);

LEAKTRAP_NEXT(dup)
LEAKTRAP_NEXT(dup2)
LEAKTRAP_NEXT(dup3)
LEAKTRAP_NEXT(fcntl)
LEAKTRAP_NEXT(fcntl64)

namespace leaktrap::internal {

template <typename Create>
static int Duplicate(int original, const CallSite& site, Create create) {
  const uint64_t sequence = BeginCreation();
  const int fd = create();
  RecordDuplicate(sequence, fd, original, site);
  return fd;
}

// `create` closes what `fd` was before.
template <typename Create>
static int DuplicateOver(int original, int fd, const CallSite& site,
                         Create create) {
  if (original == fd) return create();
  const uint64_t sequence = BeginCreation();
  const ClosingDescriptor closing = BeginClose(fd, site.caller);
  const int result = create();
  if (result == -1) {
    CancelClose(closing);
  } else {
    EndClose(closing, 0, site.caller);
    RecordDuplicate(sequence, result, original, site);
  }
  return result;
}

LEAKTRAP_INTERPOSED int dup(int original) noexcept {
  return Duplicate(original, LEAKTRAP_CALL_SITE("dup"),
                   [&] { return next_dup.Get()(original); });
}

LEAKTRAP_INTERPOSED int dup2(int original, int fd) noexcept {
  return DuplicateOver(original, fd, LEAKTRAP_CALL_SITE("dup2"),
                       [&] { return next_dup2.Get()(original, fd); });
}

LEAKTRAP_INTERPOSED int dup3(int original, int fd, int flags) noexcept {
  return DuplicateOver(original, fd, LEAKTRAP_CALL_SITE("dup3"),
                       [&] { return next_dup3.Get()(original, fd, flags); });
}

// The kernel takes one argument of a word's size, whatever the command.
#define LEAKTRAP_FCNTL(next)                              \
  va_list arguments;                                      \
  va_start(arguments, command);                           \
  void* const argument = va_arg(arguments, void*);        \
  va_end(arguments);                                      \
  if (command != F_DUPFD && command != F_DUPFD_CLOEXEC) { \
    return next.Get()(fd, command, argument);             \
  }                                                       \
  return Duplicate(fd, LEAKTRAP_CALL_SITE("fcntl"),       \
                   [&] { return next.Get()(fd, command, argument); });

LEAKTRAP_INTERPOSED int fcntl(int fd, int command,
                              ...){LEAKTRAP_FCNTL(next_fcntl)}

LEAKTRAP_INTERPOSED int fcntl64(int fd, int command, ...) {
  LEAKTRAP_FCNTL(next_fcntl64)
}

}  // namespace leaktrap::internal
