// System calls that nothing in the process sees.
//
// ThreadSanitizer stands in front of the C library's open, read, fstat and
// close: it would take our look at a descriptor that another thread closes for
// a race of the program's, and our reads for synchronisation. The recorder of
// creating calls would take what we open for the program's.

#ifndef LEAKTRAP_SYSTEM_UNSEEN_CALLS_H_
#define LEAKTRAP_SYSTEM_UNSEEN_CALLS_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace leaktrap::internal {

// `mode` is of the file that O_CREAT makes.
inline int UnseenOpen(const char* path, int flags, mode_t mode = 0) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

inline ssize_t UnseenRead(int fd, void* buffer, size_t size) {
  return syscall(SYS_read, fd, buffer, size);
}

// pread(2).
inline ssize_t UnseenReadAt(int fd, void* buffer, size_t size, off_t offset) {
  return syscall(SYS_pread64, fd, buffer, size, offset);
}

// pwrite(2).
inline ssize_t UnseenWriteAt(int fd, const void* buffer, size_t size,
                             off_t offset) {
  return syscall(SYS_pwrite64, fd, buffer, size, offset);
}

inline ssize_t UnseenWrite(int fd, const void* data, size_t size) {
  return syscall(SYS_write, fd, data, size);
}

inline int UnseenClose(int fd) {
  return static_cast<int>(syscall(SYS_close, fd));
}

inline int UnseenMemfdCreate(const char* name, unsigned flags) {
  return static_cast<int>(syscall(SYS_memfd_create, name, flags));
}

inline int UnseenFcntl(int fd, int command, int argument = 0) {
  return static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
}

// fstat(2), by a name that nobody stands in front of; the system call's own
// struct is not the C library's everywhere.
inline int UnseenStat(int fd, struct stat* status) {
  return fstatat(fd, "", status, AT_EMPTY_PATH);
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_SYSTEM_UNSEEN_CALLS_H_
