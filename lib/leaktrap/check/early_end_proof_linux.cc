#include <linux/magic.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstddef>
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
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/probe/task_file.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr char kTasks[] = "/proc/self/task";
constexpr char kDescriptors[] = "/proc/self/fd";

std::string TaskFile(int tid, const char* name) {
  return absl::StrCat(kTasks, "/", tid, "/", name);
}

// How often this process's threads, or the calling one alone, went to sleep of
// their own, those that have ended counted; nothing if it cannot be told.
std::optional<uint64_t> SleepsOf(int who) {
  rusage usage;
  if (getrusage(who, &usage) != 0) return std::nullopt;
  return static_cast<uint64_t>(usage.ru_nvcsw);
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
    standing_.clear();
    const int own_tid = OwnProcTid();
    if (own_tid == 0) return false;
    // Who kept the last proof away is asked before all is looked at again.
    if (restless_ != 0 && restless_ != own_tid && IsRestless(restless_)) {
      return false;
    }
    // A thread that sleeps in the end, and since the beginning has not gone to
    // sleep, has slept all the while. If that is so of every thread there is,
    // and there were no more, then nothing but this thread ran in between, and
    // nothing will.
    const std::optional<Count> beginning = CountSleeps();
    const size_t threads = ThreadCount();
    if (!beginning.has_value() || threads == 0) return false;
    if (!HandlersHarmless() || HasIoUring()) return false;
    if (about_children && ChildrenVanish()) return false;
    if (!same_again()) return false;
    StandingThreads standing;
    if (!ReadOthers(own_tid, threads, &standing)) return false;
    const std::optional<Count> end = CountSleeps();
    if (!end.has_value() || end->at_most != beginning->at_least) return false;
    // Each that sleeps has gone to sleep: else the kernel does not count.
    if (end->at_most < standing.size()) return false;
    standing_ = std::move(standing);
    return true;
  }

  StandingThreads TakeStanding() override {
    return std::exchange(standing_, {});
  }

 private:
  struct Count {
    uint64_t at_least = 0;
    uint64_t at_most = 0;
  };

  // How often the others have gone to sleep, but for the harmless ones.
  std::optional<Count> CountSleeps() const {
    const std::optional<uint64_t> before = SleepsApart();
    const std::optional<uint64_t> all = SleepsOf(RUSAGE_SELF);
    const std::optional<uint64_t> after = SleepsApart();
    if (!before.has_value() || !all.has_value() || !after.has_value()) {
      return std::nullopt;
    }
    return Count{*all - *after, *all - *before};
  }

  // Of this thread and the harmless ones.
  std::optional<uint64_t> SleepsApart() const {
    std::optional<uint64_t> sleeps = SleepsOf(RUSAGE_THREAD);
    std::string status;
    for (const int tid : harmless_tids_) {
      if (!sleeps.has_value() ||
          !ReadProcFile(TaskFile(tid, "status").c_str(), &status)) {
        return std::nullopt;
      }
      const std::optional<uint64_t> its = SleepCount(status);
      if (!its.has_value()) return std::nullopt;
      *sleeps += *its;
    }
    return sleeps;
  }

  // Every task but this one and the harmless ones; false unless each of them is
  // parked for good, and there are `threads` in all.
  bool ReadOthers(int own_tid, size_t threads, StandingThreads* others) {
    std::vector<uint64_t> tids;
    if (!ListProcNumbers(kTasks, &tids) || tids.size() != threads) return false;
    std::string maps;
    for (const uint64_t number : tids) {
      const int tid = static_cast<int>(number);
      if (tid == own_tid || harmless_tids_.count(tid) != 0) continue;
      std::optional<StandingThread> thread = Read(tid);
      if (!thread.has_value() || !IsParked(*thread, &maps)) {
        restless_ = tid;
        return false;
      }
      others->emplace_hint(others->end(), number, *std::move(thread));
    }
    return true;
  }

  bool IsRestless(int tid) {
    std::string maps;
    const std::optional<StandingThread> thread = Read(tid);
    return thread.has_value() && !IsParked(*thread, &maps);
  }

  std::optional<StandingThread> Read(int tid) {
    StandingThread thread;
    if (!ReadTaskStat(TaskFile(tid, "stat"), &thread.stat) ||
        !ReadProcRecord(TaskFile(tid, "syscall").c_str(), &text_)) {
      return std::nullopt;
    }
    const std::optional<TaskSyscall> place = ParseTaskSyscall(text_);
    if (!place.has_value()) return std::nullopt;
    thread.place = *place;
    return thread;
  }

  // `*maps` keeps /proc/self/maps from one to the next.
  static bool IsParked(const StandingThread& thread, std::string* maps) {
    return IsParkedForGood(thread, [maps](uint64_t address) {
      return (!maps->empty() || ReadProcFile("/proc/self/maps", maps)) &&
             IsInPrivateMapping(*maps, address);
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
  StandingThreads standing_;
  int restless_ = 0;  // 0 if none has been found yet
  std::string text_;  // room
};

}  // namespace

std::unique_ptr<EarlyEndProof> NewEarlyEndProof(std::set<int> harmless_tids) {
  return std::make_unique<ProcEarlyEndProof>(std::move(harmless_tids));
}

}  // namespace leaktrap::internal
