#include "leaktrap/recorded_origins.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

Recording ToRecording(Record record) {
  switch (record) {
    case Record::kOff:
      return Recording::kOff;
    case Record::kCalls:
      return Recording::kCalls;
    case Record::kStacks:
      break;
    case Record::kReleases:
      return Recording::kReleases;
  }
  return Recording::kStacks;
}

Release ToRelease(const ReleaseRecord& record) {
  Release release;
  release.kind = record.kind;
  release.number = record.number;
  release.made = ToOrigin(record.made);
  release.tid = record.tid;
  release.stack = StackOf(record.stack);
  if (release.stack.empty()) {
    release.stack.push_back(reinterpret_cast<uintptr_t>(record.at));
  }
  if (record.first_at != nullptr) {
    release.first_at = reinterpret_cast<uintptr_t>(record.first_at);
  }
  return release;
}

class RecordedOrigins final : public OriginSource {
 public:
  void Recognise(std::vector<Identity>* identities) override {
    LookAtThreads();
    for (Identity& identity : *identities) {
      identity.sequence = 0;
      switch (identity.kind) {
        case Kind::kThread: {
          const RunningThread* const thread = FindRunning(identity.number);
          if (thread != nullptr) identity.sequence = thread->made.sequence;
          break;
        }
        case Kind::kDescriptor:
          identity.sequence =
              FindDescriptor(static_cast<int>(identity.number)).file;
          break;
        case Kind::kProcess:
          if (numbers_match_) {
            identity.sequence =
                FindProcess(static_cast<pid_t>(identity.number)).sequence;
          }
          break;
        case Kind::kConnection:  // its own number is never given out again
        case Kind::kOther:
          break;
      }
    }
  }

  // One that is listed and not known to run is on its way out: it is to be
  // waited for there.
  std::vector<Identity> FinishedThreads(
      const std::vector<Identity>& listed) override {
    std::set<uint64_t> leaving;
    for (const Identity& identity : listed) {
      if (identity.kind == Kind::kThread && identity.sequence == 0) {
        leaving.insert(identity.number);
      }
    }
    finished_ = internal::FinishedThreads();
    std::sort(finished_.begin(), finished_.end(), MadeBefore);
    std::vector<Identity> finished;
    for (const FinishedThread& thread : finished_) {
      const auto tid = static_cast<uint64_t>(thread.tid);
      if (leaving.count(tid) != 0) continue;
      finished.push_back({Kind::kThread, 0, tid, {}, thread.made.sequence});
    }
    return finished;
  }

  std::optional<Resource> DescribeFinished(const Identity& identity) override {
    FinishedThread sought;
    sought.made.sequence = identity.sequence;
    const auto thread = std::lower_bound(finished_.begin(), finished_.end(),
                                         sought, MadeBefore);
    if (thread == finished_.end() ||
        thread->made.sequence != identity.sequence ||
        !IsStillFinished(*thread)) {
      return std::nullopt;
    }
    Resource resource;
    resource.identity = identity;
    resource.name = Printable(
        std::string(thread->name.data(),
                    strnlen(thread->name.data(), thread->name.size())));
    const std::string doing = absl::StrCat(
        "\"", resource.name, "\", finished, and never joined or detached");
    resource.description = absl::StrCat(identity.number, " ", doing);
    resource.likeness = absl::StrCat("named ", doing);
    resource.release =
        "join or detach it, or its stack is never freed "
        "(std::thread::join, pthread_join(3))";
    resource.origin = ToOrigin(thread->made);
    return resource;
  }

  uint64_t LastSequence() override { return internal::LastSequence(); }

  uint64_t AliveSum() override { return internal::AliveSum(); }

  std::optional<Origin> Find(const Identity& identity) override {
    const CreationRecord made = MadeOf(identity);
    if (made.sequence == 0) return std::nullopt;
    Origin origin = ToOrigin(made);
    if (identity.kind == Kind::kDescriptor) {
      const char* const taken_by =
          FindDescriptor(static_cast<int>(identity.number)).taken_by;
      if (taken_by != nullptr) origin.taken_by = taken_by;
    }
    if (identity.kind == Kind::kThread) {
      origin.is_detached = FindRunning(identity)->is_detached;
    }
    return origin;
  }

  void Charge(const Identity& thread, uint32_t owner) override {
    const RunningThread* const running = FindRunning(thread);
    if (running != nullptr) internal::Charge(*running, owner);
  }

  uint32_t ChargedTo(const Identity& identity) override {
    return MadeOf(identity).charged_to;
  }

  void WatchReleases(uint64_t sequence) override {
    LogReleasesOfOlderThan(sequence);
  }

  uint64_t CountReleases() override { return LoggedReleases(); }

  std::vector<Release> ReleasesAfter(uint64_t count) override {
    std::vector<Release> releases;
    for (const ReleaseRecord& record : internal::ReleasesAfter(count)) {
      releases.push_back(ToRelease(record));
    }
    return releases;
  }

 private:
  void LookAtThreads() {
    running_.clear();
    if (!numbers_match_) return;
    running_ = RunningThreads();
    running_.shrink_to_fit();  // kept up to the next look
    std::sort(running_.begin(), running_.end(), ById);
  }

  static bool ById(const RunningThread& a, const RunningThread& b) {
    // Of two of one id the one before is on its way out.
    return std::tie(a.tid, b.made.sequence) < std::tie(b.tid, a.made.sequence);
  }

  static bool MadeBefore(const FinishedThread& a, const FinishedThread& b) {
    return a.made.sequence < b.made.sequence;
  }

  // Null if none is known by that.
  const RunningThread* FindRunning(uint64_t tid) const {
    const auto found =
        std::lower_bound(running_.begin(), running_.end(), tid,
                         [](const RunningThread& thread, uint64_t tid) {
                           return static_cast<uint64_t>(thread.tid) < tid;
                         });
    return found != running_.end() && static_cast<uint64_t>(found->tid) == tid
               ? &*found
               : nullptr;
  }
  const RunningThread* FindRunning(const Identity& thread) const {
    const RunningThread* const found = FindRunning(thread.number);
    return found != nullptr && thread.sequence != 0 &&
                   found->made.sequence == thread.sequence
               ? found
               : nullptr;
  }

  // An empty record if it is not known, or is of something else by now.
  CreationRecord MadeOf(const Identity& identity) const {
    if (identity.sequence == 0) return {};
    switch (identity.kind) {
      case Kind::kThread: {
        const RunningThread* const thread = FindRunning(identity);
        return thread == nullptr ? CreationRecord() : thread->made;
      }
      case Kind::kDescriptor: {
        const DescriptorRecord record =
            FindDescriptor(static_cast<int>(identity.number));
        return record.file == identity.sequence ? record.made
                                                : CreationRecord();
      }
      case Kind::kProcess: {
        const CreationRecord made =
            FindProcess(static_cast<pid_t>(identity.number));
        return made.sequence == identity.sequence ? made : CreationRecord();
      }
      case Kind::kConnection:
      case Kind::kOther:
        break;
    }
    return {};
  }

  // Whether /proc numbers threads and processes as the system calls do: not so
  // where it belongs to another pid namespace.
  const bool numbers_match_ = OwnProcTid() == CurrentTid();

  // Those that ran at the last look, by thread id, and those that had finished,
  // by sequence.
  std::vector<RunningThread> running_;
  std::vector<FinishedThread> finished_;
};

}  // namespace

std::unique_ptr<OriginSource> StartRecording(const Options& options,
                                             std::string* why_not) {
  SetRecording(ToRecording(options.record()));
  *why_not = WhyNotRecorded();
  return why_not->empty() ? std::make_unique<RecordedOrigins>() : nullptr;
}

std::vector<std::string> NotesOnRecording(const Options& options,
                                          const std::string& why_not) {
  std::vector<std::string> notes;
  if (why_not.empty()) return notes;
  if (RecorderIsLinked() && options.record() != Record::kOff) {
    notes.push_back(
        absl::StrCat("Leaktrap does not record who made what: ", why_not));
  }
  for (const IgnoreRule& rule : options.ignores()) {
    if (rule.by != IgnoreRule::By::kCreator) continue;
    notes.push_back(absl::StrCat(
        "Leaktrap: ", rule.use->rule,
        " leaves out nothing, since nobody records who made what: ", why_not));
  }
  return notes;
}

}  // namespace leaktrap::internal
