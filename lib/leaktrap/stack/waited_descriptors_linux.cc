#include <poll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/syscall_name.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/stack/thread_stack.h"
#include "leaktrap/stack/waited_descriptors.h"

namespace leaktrap::internal {
namespace {

// Of a longer list the rest is not looked at.
constexpr uint64_t kMostPolled = 1024;

bool IsPoll(int64_t number) {
#ifdef SYS_poll
  if (number == SYS_poll) return true;
#endif
  return number == SYS_ppoll;
}

// The list is the thread's memory, which may change while it is read.
std::vector<int> Polled(uintptr_t list, uint64_t count) {
  std::vector<int> descriptors;
  const size_t size = std::min(count, kMostPolled) * sizeof(pollfd);
  if (size == 0) return descriptors;
  std::string why_not;
  const std::optional<StackCopy> copy =
      CopyStack(list, list + size, size, &why_not);
  if (!copy.has_value()) return descriptors;
  for (uintptr_t at = list; at < list + size; at += sizeof(pollfd)) {
    uint64_t word = 0;
    if (!copy->Read(at, &word)) break;
    pollfd polled;
    static_assert(sizeof(polled) == sizeof(word));
    memcpy(&polled, &word, sizeof(polled));
    // Negative ones poll(2) passes over.
    if (polled.fd >= 0) descriptors.push_back(polled.fd);
  }
  return descriptors;
}

}  // namespace

std::vector<int> WaitedDescriptors(int tid, ReadFile read_file) {
  std::string text;
  const std::string path = absl::StrCat("/proc/self/task/", tid, "/syscall");
  if (!read_file(path.c_str(), &text)) return {};
  const std::optional<TaskSyscall> task = ParseTaskSyscall(text);
  if (!task.has_value() || task->is_running || task->number < 0) return {};
  if (IsPoll(task->number)) {
    return Polled(task->arguments[0], task->arguments[1]);
  }
  if (!DescriptorIsFirst(task->number)) return {};
  return {static_cast<int>(task->arguments[0])};
}

}  // namespace leaktrap::internal
