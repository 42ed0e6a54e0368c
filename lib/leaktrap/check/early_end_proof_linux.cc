#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
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

namespace leaktrap::internal {
namespace {

constexpr char kTasks[] = "/proc/self/task";
constexpr char kDescriptors[] = "/proc/self/fd";

// What must not change between the two readings of a task.
struct Parked {
  std::string syscall;
  uint64_t run_count = 0;

  bool operator==(const Parked& other) const {
    return syscall == other.syscall && run_count == other.run_count;
  }
};

using ParkedTasks = std::map<uint64_t, Parked>;

class ProcEarlyEndProof : public EarlyEndProof {
 public:
  explicit ProcEarlyEndProof(std::set<int> harmless_tids)
      : harmless_tids_(std::move(harmless_tids)) {}

  bool Holds(bool about_children,
             absl::FunctionRef<bool()> same_again) override {
    // Once all others are seen parked, nothing but this thread runs, so what is
    // read from then on stays true as long as none of them has run by the end.
    const std::optional<ParkedTasks> first = ReadOthers();
    if (!first.has_value()) return false;
    if (!HandlersHarmless() || HasIoUring()) return false;
    if (about_children && ChildrenVanish()) return false;
    if (!same_again()) return false;
    return ReadOthers() == first;
  }

 private:
  // Every task but this one and the harmless ones; nothing unless each of them
  // is parked for good.
  std::optional<ParkedTasks> ReadOthers() const {
    const int own_tid = OwnProcTid();
    std::vector<uint64_t> tids;
    if (own_tid == 0 || !ListProcNumbers(kTasks, &tids)) return std::nullopt;
    ParkedTasks others;
    std::string maps;
    auto is_private = [&maps](uint64_t address) {
      if (maps.empty() && !ReadProcFile("/proc/self/maps", &maps)) return false;
      return IsInPrivateMapping(maps, address);
    };
    for (uint64_t tid : tids) {
      if (tid == static_cast<uint64_t>(own_tid)) continue;
      if (harmless_tids_.count(static_cast<int>(tid)) != 0) continue;
      const std::string folder = absl::StrCat(kTasks, "/", tid);
      Parked parked;
      std::string schedstat;
      if (!ReadProcFile(absl::StrCat(folder, "/syscall").c_str(),
                        &parked.syscall) ||
          !ReadProcFile(absl::StrCat(folder, "/schedstat").c_str(),
                        &schedstat)) {
        return std::nullopt;
      }
      const std::optional<uint64_t> run_count = RunCount(schedstat);
      if (!run_count.has_value() ||
          !IsParkedForGood(parked.syscall, is_private)) {
        return std::nullopt;
      }
      parked.run_count = *run_count;
      others.emplace(tid, std::move(parked));
    }
    std::vector<uint64_t> again;
    if (!ListProcNumbers(kTasks, &again)) return std::nullopt;
    std::sort(tids.begin(), tids.end());
    std::sort(again.begin(), again.end());
    if (tids != again) return std::nullopt;
    return others;
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
