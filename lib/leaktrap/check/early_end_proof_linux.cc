#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/parked_task.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kTasks[] = "/proc/self/task";
constexpr char kDescriptors[] = "/proc/self/fd";

// A task, and how often it had run before it was seen to be parked: until that
// changes, it is.
struct ParkedTask {
  uint64_t tid = 0;
  uint64_t run_count = 0;
};

std::string TaskFile(uint64_t tid, const char* name) {
  return absl::StrCat(kTasks, "/", tid, "/", name);
}

// In order; nothing if they cannot be listed.
std::optional<std::vector<uint64_t>> ListTasks() {
  std::vector<uint64_t> tids;
  if (!ListProcNumbers(kTasks, &tids)) return std::nullopt;
  std::sort(tids.begin(), tids.end());
  return tids;
}

// `*text` is room.
std::optional<uint64_t> ReadRunCount(uint64_t tid, std::string* text) {
  if (!ReadProcRecord(TaskFile(tid, "schedstat").c_str(), text)) {
    return std::nullopt;
  }
  return RunCount(*text);
}

// Whether `descriptor` may be one: its inode has no type, or is of the file
// system of those that have none.
bool MayBeAnonymous(int descriptor) {
  struct stat status;
  if (UnseenStat(descriptor, &status) != 0) return true;
  switch (status.st_mode & S_IFMT) {
    case S_IFSOCK:
    case S_IFIFO:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFDIR:
      return false;
    case S_IFREG: {
      struct statfs system;
      return fstatfs(descriptor, &system) != 0 ||
             system.f_type == ANON_INODE_FS_MAGIC;
    }
    default:
      return true;
  }
}

class ProcEarlyEndProof : public EarlyEndProof {
 public:
  explicit ProcEarlyEndProof(std::set<int> harmless_tids)
      : harmless_tids_(std::move(harmless_tids)) {}

  bool Holds(bool about_children,
             absl::FunctionRef<bool()> same_again) override {
    // Once all others are seen parked, nothing but this thread runs, so what is
    // read from then on stays true as long as none of them has run by the end.
    const std::optional<std::vector<uint64_t>> tids = ListTasks();
    if (!tids.has_value()) return false;
    std::vector<ParkedTask> others;
    if (!ReadOthers(*tids, &others)) return false;
    if (!HandlersHarmless() || HasIoUring()) return false;
    if (about_children && ChildrenVanish()) return false;
    if (!same_again()) return false;
    return ListTasks() == tids && HaveNotRun(others);
  }

 private:
  // Every task but this one and the harmless ones; false unless each of them is
  // parked for good.
  bool ReadOthers(const std::vector<uint64_t>& tids,
                  std::vector<ParkedTask>* others) const {
    const int own_tid = OwnProcTid();
    if (own_tid == 0) return false;
    others->reserve(tids.size());
    std::string maps;
    auto is_private = [&maps](uint64_t address) {
      if (maps.empty() && !ReadProcFile("/proc/self/maps", &maps)) return false;
      return IsInPrivateMapping(maps, address);
    };
    std::string text;
    for (uint64_t tid : tids) {
      if (tid == static_cast<uint64_t>(own_tid)) continue;
      if (harmless_tids_.count(static_cast<int>(tid)) != 0) continue;
      // The count first: one that runs in between has another at the end.
      const std::optional<uint64_t> run_count = ReadRunCount(tid, &text);
      if (!run_count.has_value() ||
          !ReadProcRecord(TaskFile(tid, "syscall").c_str(), &text) ||
          !IsParkedForGood(text, is_private)) {
        return false;
      }
      others->push_back({tid, *run_count});
    }
    return ListTasks() == tids;
  }

  static bool HaveNotRun(const std::vector<ParkedTask>& tasks) {
    std::string text;
    return std::all_of(tasks.begin(), tasks.end(),
                       [&text](const ParkedTask& task) {
                         return ReadRunCount(task.tid, &text) == task.run_count;
                       });
  }

  // /proc, not sigaction(): a sanitizer answers sigaction() with what the
  // program asked for, not with what it installed.
  static bool HandlersHarmless() {
    std::string status;
    return ReadProcFile("/proc/self/status", &status) &&
           HandlersAreHarmless(status);
  }

  // Also true when it cannot be told. A mapping keeps a ring alive whose
  // descriptor is closed; one without either is not to be seen.
  static bool HasIoUring() {
    std::string maps;
    if (!ReadProcFile("/proc/self/maps", &maps) || IsIoUring(maps)) return true;
    std::vector<uint64_t> descriptors;
    if (!ListProcNumbers(kDescriptors, &descriptors)) return true;
    return std::any_of(
        descriptors.begin(), descriptors.end(), [](uint64_t descriptor) {
          if (!MayBeAnonymous(static_cast<int>(descriptor))) return false;
          std::string target;
          return !ReadProcLink(
                     absl::StrCat(kDescriptors, "/", descriptor).c_str(),
                     &target) ||
                 IsIoUring(target);
        });
  }

  // Whether the kernel reaps children without anybody's waitpid(2).
  static bool ChildrenVanish() {
    struct sigaction action;
    return sigaction(SIGCHLD, nullptr, &action) != 0 ||
           action.sa_handler == SIG_IGN ||
           (action.sa_flags & SA_NOCLDWAIT) != 0;
  }

  const std::set<int> harmless_tids_;
};

}  // namespace

std::unique_ptr<EarlyEndProof> NewEarlyEndProof(std::set<int> harmless_tids) {
  return std::make_unique<ProcEarlyEndProof>(std::move(harmless_tids));
}

}  // namespace leaktrap::internal
