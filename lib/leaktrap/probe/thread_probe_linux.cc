#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "leaktrap/probe/issued_tids.h"
#include "leaktrap/probe/listing_passes.h"
#include "leaktrap/probe/look_error.h"
#include "leaktrap/probe/own_task_folder.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/probe/runtime_thread.h"
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/probe/task_file.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/thread_stack.h"
#include "leaktrap/stack/waited_descriptors.h"

namespace leaktrap::internal {
namespace {

std::string TaskFile(uint64_t tid, const char* file) {
  return absl::StrCat(kThreadDirectory, "/", tid, "/", file);
}

Identity IdentityOf(uint64_t tid, const TaskStat& stat) {
  return {Kind::kThread, 0, tid, {stat.start_time}};
}

bool ReadThreadStat(uint64_t tid, TaskStat* stat) {
  return ReadTaskStat(TaskFile(tid, "stat"), stat);
}

ListingPass ListOnce() {
  ListingPass pass;
  std::vector<uint64_t> tids;
  if (!ListProcNumbers(kThreadDirectory, &tids)) {
    pass.error = LookError("list", kThreadDirectory, errno, Kind::kThread);
    return pass;
  }
  pass.identities.reserve(tids.size());
  TaskStat stat;
  for (const uint64_t tid : tids) {
    if (ReadThreadStat(tid, &stat)) {
      pass.identities.push_back(IdentityOf(tid, stat));
    } else if (HasVanished(errno)) {
      pass.vanished = true;
    } else {
      const int error = errno;
      pass.error =
          LookError("read", TaskFile(tid, "stat"), error, Kind::kThread);
      return pass;
    }
  }
  std::sort(pass.identities.begin(), pass.identities.end());
  return pass;
}

bool HasEnded(const Identity& identity) {
  TaskStat stat;
  return ReadThreadStat(identity.number, &stat)
             ? IdentityOf(identity.number, stat) != identity
             : HasVanished(errno);
}

// kThreadDirectory, without the links in it.
std::string FolderOfTasks() {
  const std::string own = OwnTaskFolder();
  const size_t end = own.find("/task/");
  return end == std::string::npos ? kThreadDirectory
                                  : own.substr(0, end + sizeof("/task") - 1);
}

// The name of the kernel function in which the thread waits; empty if it does
// not wait, or the kernel does not tell.
std::string WaitChannel(uint64_t tid) {
  std::string text;
  if (!ReadProcRecord(TaskFile(tid, "wchan").c_str(), &text)) return "";
  return text == "0" ? "" : Printable(text);
}

class ThreadProbe final : public QuickProbe {
 public:
  explicit ThreadProbe(const KernelTells& tells) : tells_(tells) {}

  std::string name() const override { return "thread"; }
  Kind kind() const override { return Kind::kThread; }
  bool OnlyThisProcessChangesIt() const override { return true; }

  Listing List() override {
    more_looks_ = kMoreLooks;
    return ListByPasses({ListOnce, [] { return ThreadCount(); }, HasEnded});
  }

  void StartRemembering() override {
    if (tells_.last_tid) issued_.Start();
  }

  bool StillShows(absl::Span<const Identity> last, Records records) override {
    const size_t count =
        tells_.thread_count ? ThreadCount(own_folder_.c_str()) : 0;
    if (count == 0 || count != last.size()) return false;
    if (records == Records::kUnchanged) return true;
    if (!numbers_match_) return false;
    if (count == 1 && last[0].number == own_tid_) return true;
    if (tells_.last_tid && count >= kManyThreads) {
      if (const auto any = issued_.AnyOurs(count)) return !*any;
    }
    return std::all_of(
        last.begin(), last.end(), [this](const Identity& identity) {
          return IsOwnThread(own_pid_, static_cast<pid_t>(identity.number));
        });
  }

  std::optional<Resource> Describe(const Identity& identity) override {
    const uint64_t tid = identity.number;
    const std::string channel = WaitChannel(tid);
    const StandingThread* const standing = Standing(tid);
    TaskStat stat;
    if (standing != nullptr) {
      stat = standing->stat;
    } else if (!ReadThreadStat(tid, &stat)) {
      return std::nullopt;
    }
    if (IdentityOf(tid, stat) != identity) return std::nullopt;
    Resource resource;
    resource.identity = identity;
    resource.name = Printable(stat.name);
    std::string doing =
        absl::StrCat("\"", resource.name, "\", ", TaskStateText(stat.state));
    // A thread that has run on since its channel was read waits no longer.
    if (!channel.empty() && stat.state != 'R') {
      absl::StrAppend(&doing, " in ", channel);
    }
    resource.description = absl::StrCat(tid, " ", doing);
    resource.likeness = absl::StrCat("named ", doing);
    resource.release =
        "make it end, and join it (std::thread::join, pthread_join(3))";
    resource.age = Age(stat);
    return resource;
  }

  std::optional<Activity> DescribeActivity(const Identity& identity) override {
    const StandingThread* const standing = Standing(identity.number);
    Activity now = ActivityOf(identity.number, 1 + more_looks_,
                              standing == nullptr ? nullptr : &standing->place);
    if (now.why_not == kRuns) more_looks_ /= 2;
    return now;
  }

  void TheseStandStill(const StandingThreads* threads) override {
    standing_ = threads;
  }

  std::vector<int> WaitsOn(const Identity& identity) override {
    const int tid = static_cast<int>(identity.number);
    // This thread would be seen to read its own file.
    if (tid == OwnProcTid()) return {};
    return WaitedDescriptors(tid, ReadProcRecord);
  }

  std::string RuntimesOwn(const Identity& identity) override {
    const auto known = started_for_.find(identity);
    if (known != started_for_.end() && known->second == nullptr) return "";
    TaskStat stat;
    if (!ReadThreadStat(identity.number, &stat) ||
        IdentityOf(identity.number, stat) != identity) {
      return "";
    }
    if (IsKernelsWorker(stat)) return kIoUringWorkers;
    // One that runs is asked again when the verifier looks again.
    const Activity now = ActivityOf(identity.number, /*most_looks=*/1);
    // Or has not come to its start routine yet.
    if (!now.is_complete || now.stack.size() <= kFramesAroundStart) return "";
    const char* starter = nullptr;
    if (known != started_for_.end()) {
      starter = known->second;
    } else if (StartsInCLibrary(now.stack)) {
      starter = kCLibraryThreads;
    } else {
      const auto starts = StartsInParallelRuntime(now.stack);
      if (!starts.has_value()) return "";
      if (*starts) starter = kParallelRuntimes;
    }
    if (started_for_.size() >= kMostRemembered) started_for_.clear();
    started_for_[identity] = starter;
    if (starter == kCLibraryThreads && StaysInCLibrary(now.stack)) {
      return kCLibraryThreads;
    }
    if (starter == kParallelRuntimes && StaysInParallelRuntime(now.stack)) {
      return kParallelRuntimes;
    }
    return "";
  }

 private:
  const StandingThread* Standing(uint64_t tid) const {
    if (standing_ == nullptr) return nullptr;
    const auto found = standing_->find(tid);
    return found == standing_->end() ? nullptr : &found->second;
  }

  // So many that to ask for each costs more than to read ns_last_pid.
  static constexpr size_t kManyThreads = 16;

  const KernelTells tells_;
  // Whether /proc numbers threads as tgkill(2) does.
  const bool numbers_match_ = OwnProcTid() == gettid();
  const pid_t own_pid_ = getpid();
  const uint64_t own_tid_ = static_cast<uint64_t>(gettid());
  const std::string own_folder_ = FolderOfTasks();
  IssuedTids issued_;

  // Where a thread starts does not change; but threads come and go.
  static constexpr size_t kMostRemembered = 65'536;
  // By thread, the rule for who started it; nullptr for the program's.
  std::map<Identity, const char*> started_for_;

  // How often one that runs is looked at again, a fifth of a millisecond later
  // or, where more run than there are processors, many milliseconds. Halved by
  // each that runs: a hundred would take seconds.
  static constexpr int kMoreLooks = 19;
  int more_looks_ = kMoreLooks;

  const StandingThreads* standing_ = nullptr;
};

}  // namespace

std::unique_ptr<Probe> NewThreadProbe() {
  return NewThreadProbe(KernelTells());
}

std::unique_ptr<Probe> NewThreadProbe(const KernelTells& tells) {
  return std::make_unique<ThreadProbe>(tells);
}

size_t ThreadCount(const char* directory) {
  struct stat status;
  if (stat(directory, &status) != 0 || status.st_nlink < 2) return 0;
  return status.st_nlink - 2;
}

int OwnProcTid() {
  // "4711/task/4712"
  std::string link;
  if (!ReadProcLink("/proc/thread-self", &link)) return 0;
  int tid = 0;
  const char* end = link.data() + link.size();
  const auto [stop, error] =
      std::from_chars(link.data() + link.rfind('/') + 1, end, tid);
  if (error == std::errc() && stop == end && tid > 0) return tid;
  errno = EBADMSG;
  return 0;
}

}  // namespace leaktrap::internal
