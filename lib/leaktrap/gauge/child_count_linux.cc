#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "leaktrap/gauge/child_count.h"
#include "leaktrap/system/children.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Small, for threads with small stacks.
constexpr size_t kChunk = 1024;

constexpr char kThreads[] = "/proc/self/task";
constexpr char kList[] = "/children";

int OpenAt(int folder, const char* path, int flags) {
  return static_cast<int>(
      syscall(SYS_openat, folder, path, flags | O_RDONLY | O_CLOEXEC, 0));
}

struct Sum {
  int64_t children = 0;
  bool any_list = false;
  bool failed = false;
};

// Of one thread, which may have ended. A blank follows each number.
void AddList(int folder, const char* tid, Sum* sum) {
  char path[32];
  const size_t length = strnlen(tid, sizeof(path) - sizeof(kList));
  std::memcpy(path, tid, length);
  std::memcpy(path + length, kList, sizeof(kList));
  const int list = OpenAt(folder, path, 0);
  if (list < 0) {
    sum->failed = sum->failed || (errno != ENOENT && errno != ESRCH);
    return;
  }
  sum->any_list = true;
  char text[kChunk];
  ssize_t size;
  while ((size = UnseenRead(list, text, sizeof(text))) > 0) {
    sum->children += std::count(text, text + size, ' ');
  }
  sum->failed = sum->failed || (size < 0 && errno != ESRCH);
  UnseenClose(list);
}

void AddLists(int folder, const char* entries, ssize_t size, Sum* sum) {
  for (ssize_t at = 0; at < size;) {
    // The kernel's records have the C library's form, but their own length.
    unsigned short length;
    std::memcpy(&length, entries + at + offsetof(dirent64, d_reclen),
                sizeof(length));
    const char* const name = entries + at + offsetof(dirent64, d_name);
    if (name[0] != '.') AddList(folder, name, sum);
    at += length;
  }
}

}  // namespace

std::optional<int64_t> CountChildren() {
  if (HasNoChild()) return 0;
  const int folder = OpenAt(AT_FDCWD, kThreads, O_DIRECTORY);
  if (folder < 0) return std::nullopt;
  alignas(dirent64) char entries[kChunk];
  Sum sum;
  ssize_t size;
  while ((size = syscall(SYS_getdents64, folder, entries, sizeof(entries))) > 0)
    AddLists(folder, entries, size, &sum);
  UnseenClose(folder);
  // Without any list the kernel keeps none (CONFIG_PROC_CHILDREN).
  if (size < 0 || sum.failed || !sum.any_list) return std::nullopt;
  return sum.children;
}

}  // namespace leaktrap::internal
