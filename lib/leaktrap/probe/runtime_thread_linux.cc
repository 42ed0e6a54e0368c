#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/runtime_thread.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/module_map.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/stack/thread_stack.h"

namespace leaktrap::internal {
namespace {

constexpr uint64_t kIoWorker = 0x10;  // PF_IO_WORKER of the kernel

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

Activity ActivityOf(uint64_t tid, int most_looks, const TaskSyscall* stands) {
  ThreadStack stack =
      StackOfThread(static_cast<int>(tid), ReadProcRecord, most_looks, stands);
  Activity now;
  now.syscall = std::move(stack.syscall);
  now.descriptor = stack.descriptor;
  now.stack = std::move(stack.addresses);
  now.why_not = std::move(stack.why_not);
  now.certain = stack.exact;
  now.is_complete = stack.is_complete;
  return now;
}

bool IsKernelsWorker(const TaskStat& stat) {
  return (stat.flags & kIoWorker) != 0;
}

bool StartsInCLibrary(const std::vector<uintptr_t>& stack) {
  if (stack.size() <= kFramesAroundStart) return false;
  const ModuleMap modules;
  const std::optional<ModuleOffset> entry = modules.Find(stack.back() - 1);
  if (!entry.has_value() || entry->is_executable || entry->path.empty()) {
    return false;
  }
  for (size_t i = 2; i <= kFramesAroundStart + 1; ++i) {
    const std::optional<ModuleOffset> frame =
        modules.Find(stack[stack.size() - i] - 1);
    if (!frame.has_value() || frame->path != entry->path) return false;
  }
  return true;
}

bool StaysInCLibrary(const std::vector<uintptr_t>& stack) {
  if (stack.empty()) return false;
  const ModuleMap modules;
  const std::optional<ModuleOffset> entry = modules.Find(stack.back() - 1);
  if (!entry.has_value() || entry->is_executable) return false;
  const std::string folder = FolderOf(entry->path);
  return std::all_of(stack.begin(), stack.end(), [&](uintptr_t address) {
    const std::optional<ModuleOffset> frame = modules.Find(address - 1);
    return frame.has_value() &&
           (frame->path.empty() || FolderOf(frame->path) == folder);
  });
}

}  // namespace leaktrap::internal
