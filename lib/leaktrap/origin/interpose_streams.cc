// Streams and directories, whose descriptors the C library opens and closes out
// of our sight.

#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <dirent.h>
#include <stdio.h>

#include <cerrno>
#include <cstring>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/process_ledger.h"

LEAKTRAP_NEXT(fopen)
LEAKTRAP_NEXT(fopen64)
LEAKTRAP_NEXT(fdopen)
LEAKTRAP_NEXT(fclose)
LEAKTRAP_NEXT(popen)
LEAKTRAP_NEXT(pclose)
LEAKTRAP_NEXT(opendir)
LEAKTRAP_NEXT(fdopendir)
LEAKTRAP_NEXT(closedir)

// See RECORDER_LINKOPTS in BUILD.bazel.
extern "C" decltype(::freopen) __real_freopen;
extern "C" decltype(::freopen64) __real_freopen64;

namespace leaktrap::internal {

// -1 for a stream in memory. Errno is kept.
static int DescriptorOf(FILE* stream) {
  const int saved_errno = errno;
  const int fd = stream == nullptr ? -1 : fileno_unlocked(stream);
  errno = saved_errno;
  return fd;
}

// The stream closes what it had; what it has then is as a rule of the same
// number.
template <typename Create>
static FILE* Reopen(FILE* stream, const CallSite& site, Create create) {
  const uint64_t sequence = BeginCreation();
  const ClosingDescriptor closing =
      BeginClose(DescriptorOf(stream), site.caller);
  FILE* const reopened = create();
  EndClose(closing, 0, site.caller);
  if (reopened != nullptr) {
    RecordDescriptor(sequence, DescriptorOf(reopened), site);
  }
  return reopened;
}

LEAKTRAP_INTERPOSED FILE* fopen(const char* path, const char* mode) {
  return MakeStream(
      LEAKTRAP_CALL_SITE("fopen"), [&] { return next_fopen.Get()(path, mode); },
      DescriptorOf);
}

LEAKTRAP_INTERPOSED FILE* fopen64(const char* path, const char* mode) {
  return MakeStream(
      LEAKTRAP_CALL_SITE("fopen"),
      [&] { return next_fopen64.Get()(path, mode); }, DescriptorOf);
}

LEAKTRAP_INTERPOSED FILE* fdopen(int fd, const char* mode) noexcept {
  FILE* const stream = next_fdopen.Get()(fd, mode);
  if (stream != nullptr) RecordTakenOver(fd, "fdopen");
  return stream;
}

LEAKTRAP_INTERPOSED FILE* __wrap_freopen(const char* path, const char* mode,
                                         FILE* stream) {
  return Reopen(stream, LEAKTRAP_CALL_SITE("freopen"),
                [&] { return __real_freopen(path, mode, stream); });
}

LEAKTRAP_INTERPOSED FILE* __wrap_freopen64(const char* path, const char* mode,
                                           FILE* stream) {
  return Reopen(stream, LEAKTRAP_CALL_SITE("freopen"),
                [&] { return __real_freopen64(path, mode, stream); });
}

// `release` closes the stream, and waits for the child of popen(3).
template <typename Release>
static int ReleaseStream(FILE* stream, const void* caller, Release release) {
  Closing closing(DescriptorOf(stream), caller);
  const int result = release();
  closing.End(result);
  const CreationRecord& made = closing.made();
  if (made.sequence != 0 && std::strcmp(made.call, "popen") == 0) {
    ForgetProcessMadeBy(made.sequence);
  }
  return result;
}

LEAKTRAP_INTERPOSED int fclose(FILE* stream) {
  return ReleaseStream(stream, __builtin_return_address(0),
                       [&] { return next_fclose.Get()(stream); });
}

// The stream's descriptor and the child share a record.
LEAKTRAP_INTERPOSED FILE* popen(const char* command, const char* mode) {
  FILE* const stream = MakeStream(
      LEAKTRAP_CALL_SITE("popen"),
      [&] { return next_popen.Get()(command, mode); }, DescriptorOf);
  const CreationRecord made = FindDescriptor(DescriptorOf(stream)).made;
  if (made.sequence != 0) PutProcess(LastChild(), made);
  return stream;
}

LEAKTRAP_INTERPOSED int pclose(FILE* stream) {
  return ReleaseStream(stream, __builtin_return_address(0),
                       [&] { return next_pclose.Get()(stream); });
}

LEAKTRAP_INTERPOSED DIR* opendir(const char* path) {
  return MakeStream(
      LEAKTRAP_CALL_SITE("opendir"), [&] { return next_opendir.Get()(path); },
      dirfd);
}

LEAKTRAP_INTERPOSED DIR* fdopendir(int fd) {
  DIR* const directory = next_fdopendir.Get()(fd);
  if (directory != nullptr) RecordTakenOver(fd, "fdopendir");
  return directory;
}

LEAKTRAP_INTERPOSED int closedir(DIR* directory) {
  // The C library gives EINVAL for null, though it declares that it wants none.
  DIR* unknown = directory;
  asm("" : "+r"(unknown));
  const int fd = unknown == nullptr ? -1 : dirfd(unknown);
  return ReleaseDescriptor(fd, __builtin_return_address(0),
                           [&] { return next_closedir.Get()(directory); });
}

}  // namespace leaktrap::internal
