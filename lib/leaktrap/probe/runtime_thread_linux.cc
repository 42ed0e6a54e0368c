#include <unwind.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
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
      reinterpret_cast<void*>(return_address));  // looks one before it
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
    if (!absl::ConsumePrefix(&rest, name)) return false;
    if (absl::ConsumePrefix(&rest, "-")) {
      rest.remove_prefix(
          std::min(rest.find_first_not_of("0123456789abcdef"), rest.size()));
    }
    return absl::StartsWith(rest, ".so");
  });
}

// In the thread's own function: the outermost frame but for the C library's, a
// sanitizer's and the recorder's. Nothing if it has not come there yet, or may
// be in what these call before.
std::optional<uintptr_t> StartOf(const std::vector<uintptr_t>& stack,
                                 const ModuleMap& modules) {
  if (stack.size() <= kFramesAroundStart) return std::nullopt;
  const std::optional<ModuleOffset> entry = modules.Find(stack.back() - 1);
  if (!entry.has_value()) return std::nullopt;
  std::optional<std::string> around;
  for (size_t i = stack.size() - kFramesAroundStart; i-- > 0;) {
    const std::optional<ModuleOffset> frame = modules.Find(stack[i] - 1);
    if (!frame.has_value()) return stack[i];
    if (IsOneOf({"libasan", "liblsan", "libtsan"}, *frame) ||
        IsRecorders(stack[i])) {
      around = frame->path;
      continue;
    }
    const bool may_be_theirs =
        around.has_value() &&
        (frame->path == *around || frame->path == entry->path);
    if (may_be_theirs) return std::nullopt;
    return stack[i];
  }
  return std::nullopt;
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

std::optional<bool> StartsInParallelRuntime(
    const std::vector<uintptr_t>& stack) {
  const std::optional<uintptr_t> start = StartOf(stack, ModuleMap());
  if (!start.has_value()) return std::nullopt;
  return IsInParallelRuntime(*start);
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
