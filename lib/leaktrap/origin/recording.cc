#include "leaktrap/origin/recording.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "leaktrap/origin/stack_depot.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

constexpr int kMaxFrames = 32;

// A test program makes what it makes at some hundreds of places. 1 MiB for the
// stacks' entries and 8 MiB for their addresses, touched as they fill.
constexpr size_t kMaxStacks = size_t{1} << 16;
constexpr size_t kMaxFramesInAll = size_t{1} << 20;

StackDepot<kMaxStacks, kMaxFramesInAll> depot;
std::atomic<pid_t> recorded_process{0};

// Odd, so that it takes 2^64 of them to come back.
constexpr uint64_t kForGood = 0x9e3779b97f4a7c15;

// Errno is kept.
StackId PutStack(const void* caller) {
  const int saved_errno = errno;
  uintptr_t addresses[kMaxFrames];
  const StackId stack =
      depot.Put(addresses, CaptureStack(caller, addresses, kMaxFrames));
  errno = saved_errno;
  return stack;
}

}  // namespace

RecordingState recording_state;
__thread RecordingThread recording_thread;

void SetRecording(Recording recording) {
  recording_state.recording.store(recording, std::memory_order_relaxed);
}

uint64_t LastSequence() {
  return recording_state.last_sequence.load(std::memory_order_acquire);
}

uint64_t AliveSum() {
  return recording_state.alive_sum.load(std::memory_order_acquire);
}

void ChangeAliveSumForGood() {
  AddLightly(&recording_state.alive_sum, kForGood);
}

CreationRecord RecordCreation(uint64_t sequence, const CallSite& site) {
  CreationRecord record;
  record.sequence = sequence;
  record.call = site.call;
  record.tid = CurrentTid();
  record.charged_to = ChargedTo();
  if (GetRecording() >= Recording::kStacks)
    record.stack = PutStack(site.caller);
  return record;
}

StackId RecordReleaseStack(const void* caller) {
  if (GetRecording() < Recording::kReleases) return 0;
  return PutStack(caller);
}

bool IsRecordedProcess() {
  if (getpid() != recorded_process.load(std::memory_order_relaxed)) {
    return false;
  }
  recording_thread.may_be_vforked = false;
  return true;
}

void ExpectVfork() {
  recorded_process.store(getpid(), std::memory_order_relaxed);
  recording_thread.may_be_vforked = true;
}

void AdoptProcess() {
  recorded_process.store(getpid(), std::memory_order_relaxed);
  recording_thread.tid = 0;
}

int AskForTid() {
  return recording_thread.tid = static_cast<int>(syscall(SYS_gettid));
}

std::vector<uintptr_t> StackOf(StackId id) { return depot.Get(id); }

Origin ToOrigin(const CreationRecord& record) {
  Origin origin;
  origin.sequence = record.sequence;
  if (record.call != nullptr) origin.call = record.call;
  origin.tid = record.tid;
  origin.charged_to = record.charged_to;
  origin.stack = StackOf(record.stack);
  origin.stack_was_lost = record.stack != 0 && origin.stack.empty();
  return origin;
}

uint64_t LostStacks() { return depot.lost(); }

}  // namespace leaktrap::internal
