// open(2) and its relatives.

// Both rename functions that are defined here.
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <fcntl.h>

#include <cstdarg>
#include <cstddef>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

// What open(2) and openat(2) are called with _FORTIFY_SOURCE.
extern "C" {
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int directory, const char* path, int flags);
int __openat64_2(int directory, const char* path, int flags);
}

LEAKTRAP_NEXT(open)
LEAKTRAP_NEXT(open64)
LEAKTRAP_NEXT(openat)
LEAKTRAP_NEXT(openat64)
LEAKTRAP_NEXT(creat)
LEAKTRAP_NEXT(creat64)
LEAKTRAP_NEXT(__open_2)
LEAKTRAP_NEXT(__open64_2)
LEAKTRAP_NEXT(__openat_2)
LEAKTRAP_NEXT(__openat64_2)
LEAKTRAP_NEXT(open_by_handle_at)
#if __GLIBC_PREREQ(2, 43)
LEAKTRAP_NEXT(openat2)
#endif

namespace leaktrap::internal {

static bool TakesMode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

// Defines `mode`: the argument that follows `flags`, if one does.
#define LEAKTRAP_READ_MODE(flags)     \
  mode_t mode = 0;                    \
  if (TakesMode(flags)) {             \
    va_list arguments;                \
    va_start(arguments, flags);       \
    mode = va_arg(arguments, mode_t); \
    va_end(arguments);                \
  }

LEAKTRAP_INTERPOSED int open(const char* path, int flags, ...) {
  LEAKTRAP_READ_MODE(flags)
  return MakeDescriptor(LEAKTRAP_CALL_SITE("open"),
                        [&] { return next_open.Get()(path, flags, mode); });
}

LEAKTRAP_INTERPOSED int open64(const char* path, int flags, ...) {
  LEAKTRAP_READ_MODE(flags)
  return MakeDescriptor(LEAKTRAP_CALL_SITE("open"),
                        [&] { return next_open64.Get()(path, flags, mode); });
}

LEAKTRAP_INTERPOSED int openat(int directory, const char* path, int flags,
                               ...) {
  LEAKTRAP_READ_MODE(flags)
  return MakeDescriptor(LEAKTRAP_CALL_SITE("openat"), [&] {
    return next_openat.Get()(directory, path, flags, mode);
  });
}

LEAKTRAP_INTERPOSED int openat64(int directory, const char* path, int flags,
                                 ...) {
  LEAKTRAP_READ_MODE(flags)
  return MakeDescriptor(LEAKTRAP_CALL_SITE("openat"), [&] {
    return next_openat64.Get()(directory, path, flags, mode);
  });
}

LEAKTRAP_INTERPOSED int creat(const char* path, mode_t mode) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("creat"),
                        [&] { return next_creat.Get()(path, mode); });
}

LEAKTRAP_INTERPOSED int creat64(const char* path, mode_t mode) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("creat"),
                        [&] { return next_creat64.Get()(path, mode); });
}

LEAKTRAP_INTERPOSED int __open_2(const char* path, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("open"),
                        [&] { return next___open_2.Get()(path, flags); });
}

LEAKTRAP_INTERPOSED int __open64_2(const char* path, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("open"),
                        [&] { return next___open64_2.Get()(path, flags); });
}

LEAKTRAP_INTERPOSED int __openat_2(int directory, const char* path, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("openat"), [&] {
    return next___openat_2.Get()(directory, path, flags);
  });
}

LEAKTRAP_INTERPOSED int __openat64_2(int directory, const char* path,
                                     int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("openat"), [&] {
    return next___openat64_2.Get()(directory, path, flags);
  });
}

LEAKTRAP_INTERPOSED int open_by_handle_at(int mount, file_handle* handle,
                                          int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("open_by_handle_at"), [&] {
    return next_open_by_handle_at.Get()(mount, handle, flags);
  });
}

#if __GLIBC_PREREQ(2, 43)
LEAKTRAP_INTERPOSED int openat2(int directory, const char* path,
                                const open_how* how, size_t size) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("openat2"), [&] {
    return next_openat2.Get()(directory, path, how, size);
  });
}
#endif

}  // namespace leaktrap::internal
