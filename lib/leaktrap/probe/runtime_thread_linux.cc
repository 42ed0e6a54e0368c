#include <unwind.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "leaktrap/origin/thread_ledger.h"
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

// Whether this is in the function by which recorded threads run their own.
bool IsRecorders(uintptr_t return_address) {
  const void* const function = _Unwind_FindEnclosingFunction(
      reinterpret_cast<void*>(return_address - 1));
  return function == reinterpret_cast<void*>(&RunRecordedThread) ||
         function == reinterpret_cast<void*>(&RunRecordedC11Thread);
}

// "libgomp.so.1"; "libgomp-a34b3233.so.1", as packages carry one with them.
bool IsOneOf(std::initializer_list<const char*> libraries,
             const ModuleOffset& place) {
  if (place.is_executable) return false;
  const absl::string_view path = place.path;
  const absl::string_view file = path.substr(path.rfind('/') + 1);
  return std::any_of(libraries.begin(), libraries.end(), [&](const char* name) {
    absl::string_view rest = file;
    return absl::ConsumePrefix(&rest, name) && !rest.empty() &&
           (rest[0] == '.' || rest[0] == '-');
  });
}

// In the thread's own function: the outermost frame but for the C library's, a
// sanitizer's and the recorder's.
std::optional<uintptr_t> StartOf(const std::vector<uintptr_t>& stack,
                                 const ModuleMap& modules) {
  if (stack.size() <= kFramesAroundStart) return std::nullopt;
  size_t i = stack.size() - 1 - kFramesAroundStart;
  const auto is_sanitizers = [&](uintptr_t return_address) {
    const std::optional<ModuleOffset> frame = modules.Find(return_address - 1);
    return frame.has_value() &&
           IsOneOf({"libasan", "liblsan", "libtsan"}, *frame);
  };
  while (i > 0 && is_sanitizers(stack[i])) --i;
  if (i > 0 && IsRecorders(stack[i])) --i;
  return stack[i];
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

bool IsInParallelRuntime(uintptr_t return_address) {
  const std::optional<ModuleOffset> found =
      ModuleMap().Find(return_address - 1);
  return found.has_value() &&
         IsOneOf({"libgomp", "libomp", "libiomp5", "libtbb", "libtbb_debug"},
                 *found);
}

bool StartsInParallelRuntime(const std::vector<uintptr_t>& stack) {
  const std::optional<uintptr_t> start = StartOf(stack, ModuleMap());
  return start.has_value() && IsInParallelRuntime(*start);
}

bool StaysInParallelRuntime(const std::vector<uintptr_t>& stack) {
  const ModuleMap modules;
  const std::optional<uintptr_t> started_at = StartOf(stack, modules);
  if (!started_at.has_value()) return false;
  const std::optional<ModuleOffset> start = modules.Find(*started_at - 1);
  const std::optional<ModuleOffset> entry = modules.Find(stack.back() - 1);
  if (!start.has_value() || !entry.has_value()) return false;
  const auto own = std::find(stack.begin(), stack.end(), *started_at);
  return std::all_of(stack.begin(), own, [&](uintptr_t address) {
    const std::optional<ModuleOffset> frame = modules.Find(address - 1);
    return frame.has_value() &&
           (frame->path == start->path || frame->path == entry->path);
  });
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
