#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "leaktrap/probe/children_list.h"
#include "leaktrap/probe/listing_passes.h"
#include "leaktrap/probe/look_error.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/process_probe.h"
#include "leaktrap/probe/process_text.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/probe/task_file.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/system/children.h"

namespace leaktrap::internal {
namespace {

constexpr char kWait[] = "wait for it (waitpid(2), pclose(3))";
constexpr char kEndAndWait[] = "end it and wait for it (waitpid(2), pclose(3))";

std::string ProcessFile(uint64_t pid, const char* file) {
  return absl::StrCat("/proc/", pid, "/", file);
}

bool ReadStat(uint64_t pid, TaskStat* stat) {
  return ReadTaskStat(ProcessFile(pid, "stat"), stat);
}

Identity IdentityOf(uint64_t pid, const TaskStat& stat) {
  return {Kind::kProcess, 0, pid, {stat.start_time}};
}

// A child that /proc hides from this user (it changed its own, and /proc is
// mounted with hidepid) is still a child: it goes without a stamp. One that has
// just been reaped looks the same, but not in the next pass.
Identity HiddenIdentity(uint64_t pid) { return {Kind::kProcess, 0, pid, {}}; }

bool IsHidden(const Identity& identity) {
  return identity == HiddenIdentity(identity.number);
}

bool MayBeHidden(int error) {
  return HasVanished(error) || error == EACCES || error == EPERM;
}

ListingPass ListOnce(ChildrenBy by) {
  ChildrenList children = ReadChildren(by);
  ListingPass pass;
  pass.vanished = children.disturbed;
  pass.whole = children.whole;
  pass.error = std::move(children.error);
  if (!pass.error.empty()) return pass;
  if (by == ChildrenBy::kScan && children.pids.empty() && !HasNoChild()) {
    pass.vanished = true;  // or hidden: the scan does not see either
  }
  const uint64_t own_pid = OwnProcPid();
  if (own_pid == 0) {
    pass.error = LookError("read", "/proc/self", errno, Kind::kProcess);
    return pass;
  }
  for (const uint64_t pid : children.pids) {
    TaskStat stat;
    if (ReadStat(pid, &stat)) {
      if (stat.parent == own_pid) {
        pass.identities.push_back(IdentityOf(pid, stat));
      } else {  // the number has been given to another's child
        pass.whole = false;
      }
    } else if (MayBeHidden(errno)) {
      pass.whole = false;
      pass.identities.push_back(HiddenIdentity(pid));
    } else {
      const int error = errno;
      pass.error =
          LookError("read", ProcessFile(pid, "stat"), error, Kind::kProcess);
      return pass;
    }
  }
  return pass;
}

bool IsReaped(const Identity& identity) {
  TaskStat stat;
  if (!ReadStat(identity.number, &stat)) {
    return MayBeHidden(errno) && !IsHidden(identity);
  }
  return IdentityOf(identity.number, stat) != identity ||
         stat.parent != OwnProcPid();
}

struct Doing {
  std::string text = "running";
  bool has_ended = false;
};

Doing DoingOfZombie(uint64_t pid) {
  // A number of another pid namespace's /proc is nobody's that waitid(2) knows.
  siginfo_t info = {};
  if (OwnProcTid() != gettid() ||
      UnseenPeek(P_PID, static_cast<id_t>(pid), &info) != 0) {
    return {"a zombie", true};
  }
  // The main thread has left the others behind: there is no end yet.
  if (info.si_pid == 0) return {"running without its first thread", false};
  return {absl::StrCat("a zombie (", ProcessEndText(info), ")"), true};
}

Doing DoingOf(uint64_t pid, char state) {
  switch (state) {
    case 'Z':
    case 'X':
      return DoingOfZombie(pid);
    case 'T':
    case 't':
      return {TaskStateText(state), false};
    default:
      return {};
  }
}

class ProcessProbe final : public QuickProbe {
 public:
  explicit ProcessProbe(std::optional<ChildrenBy> by) : by_(by) {}

  std::string name() const override { return "process"; }
  Kind kind() const override { return Kind::kProcess; }

  // Nobody else can reap a child; where the kernel does (SIGCHLD ignored), the
  // proof does not hold.
  bool OnlyThisProcessChangesIt() const override { return true; }

  Listing List() override {
    if (HasNoChild()) return {};
    const ChildrenBy by = by_.value_or(HasChildrenLists() ? ChildrenBy::kLists
                                                          : ChildrenBy::kScan);
    Listing listing = ListByPasses(
        {[by] { return ListOnce(by); }, [] { return size_t{0}; }, IsReaped});
    if (by == ChildrenBy::kScan && listing.identities.empty() &&
        listing.error.empty() && !HasNoChild()) {
      listing.error =
          LookError("see all processes in", "/proc", EACCES, Kind::kProcess);
    }
    return listing;
  }

  // No count tells of a child that was made by no recorded call.
  bool StillShows(absl::Span<const Identity> last, Records) override {
    return last.empty() && HasNoChild();
  }

  std::optional<Resource> Describe(const Identity& identity) override {
    return IsHidden(identity) ? DescribeHidden(identity)
                              : DescribeSeen(identity);
  }

 private:
  static std::optional<Resource> DescribeSeen(const Identity& identity) {
    const uint64_t pid = identity.number;
    TaskStat stat, stat_after;
    std::string cmdline;
    // One that becomes another program meanwhile has the name of the old and
    // the command of the new. Some change their names all the time.
    int looks = 0;
    do {
      if (IsReaped(identity) || !ReadStat(pid, &stat)) return std::nullopt;
      ReadProcFile(ProcessFile(pid, "cmdline").c_str(), &cmdline);
      if (!ReadStat(pid, &stat_after)) return std::nullopt;
    } while (stat_after.name != stat.name && ++looks < 10);
    const Doing doing = DoingOf(pid, stat.state);
    std::string command = CommandLineText(cmdline);
    Resource resource;
    resource.name = Printable(stat.name);
    if (command.empty()) command = resource.name;
    // It may have been reaped meanwhile, and its number be another's.
    if (IsReaped(identity)) return std::nullopt;
    resource.identity = identity;
    resource.description =
        absl::StrCat(pid, " \"", command, "\", ", doing.text);
    resource.likeness =
        absl::StrCat("named \"", resource.name, "\", ", doing.text);
    resource.release = doing.has_ended ? kWait : kEndAndWait;
    resource.age = Age(stat);
    return resource;
  }

  std::optional<Resource> DescribeHidden(const Identity& identity) {
    const Listing listing = List();
    if (std::find(listing.identities.begin(), listing.identities.end(),
                  identity) == listing.identities.end()) {
      return std::nullopt;
    }
    Resource resource;
    resource.identity = identity;
    resource.description =
        absl::StrCat(identity.number, ", which /proc does not show");
    resource.likeness = "which /proc does not show";
    resource.release = kWait;
    return resource;
  }

  const std::optional<ChildrenBy> by_;
};

}  // namespace

std::unique_ptr<Probe> NewProcessProbe(std::optional<ChildrenBy> by) {
  return std::make_unique<ProcessProbe>(by);
}

}  // namespace leaktrap::internal
