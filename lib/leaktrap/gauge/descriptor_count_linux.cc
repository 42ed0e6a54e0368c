#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "leaktrap/gauge/descriptor_count.h"

namespace leaktrap::internal {
namespace {

// The table of the calling thread: /proc/self/fd is that of the process's first
// thread, which is empty once that thread has ended.
constexpr char kFolder[] = "/proc/thread-self/fd";

std::atomic<bool> without_kernel_count{false};

int64_t CountNames(const char* entries, ssize_t size) {
  int64_t names = 0;
  for (ssize_t at = 0; at < size;) {
    // The kernel's records have the C library's form, but their own length.
    unsigned short length;
    std::memcpy(&length, entries + at + offsetof(dirent64, d_reclen),
                sizeof(length));
    if (entries[at + offsetof(dirent64, d_name)] != '.') ++names;
    at += length;
  }
  return names;
}

// By system calls that nothing stands in front of: a sanitizer would take what
// happens here for the program's own doing.
std::optional<int64_t> CountByListing() {
  const int folder = static_cast<int>(syscall(
      SYS_openat, AT_FDCWD, kFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (folder < 0) return std::nullopt;
  // Small, for threads with small stacks.
  alignas(dirent64) char entries[4096];
  int64_t names = 0;
  ssize_t size;
  while ((size = syscall(SYS_getdents64, folder, entries, sizeof(entries))) > 0)
    names += CountNames(entries, size);
  syscall(SYS_close, folder);
  if (size < 0) return std::nullopt;
  return names - 1;  // less the one it was read through
}

}  // namespace

std::optional<int64_t> CountDescriptors() {
  struct stat status;
  if (stat(kFolder, &status) != 0) return std::nullopt;
  // Zero before Linux 6.2, and when none is open.
  const int64_t counted = without_kernel_count ? 0 : status.st_size;
  if (counted > 0) return counted;
  return CountByListing();
}

ListingForTest::ListingForTest() { without_kernel_count = true; }

ListingForTest::~ListingForTest() { without_kernel_count = false; }

}  // namespace leaktrap::internal
