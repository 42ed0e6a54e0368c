// Whether, and how much, is recorded; and what one creating call leaves behind.

#ifndef LEAKTRAP_ORIGIN_RECORDING_H_
#define LEAKTRAP_ORIGIN_RECORDING_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "leaktrap/origin/light_atomic.h"
#include "leaktrap/origin/stack_depot.h"
#include "leaktrap/resource/origin.h"

namespace leaktrap::internal {

// How much is recorded; each value is all of the one before and more.
enum class Recording {
  kOff,
  kCalls,     // which call, by which thread
  kStacks,    // with the stack of each creating call; the default
  kReleases,  // with that of each releasing call too
};

// What each call that is stood in front of reads, for the functions below
// alone. Right after a system call a call of a function costs more than what
// most of them do, so those are inline.
struct RecordingState {
  std::atomic<Recording> recording{Recording::kStacks};
  std::atomic<uint64_t> last_sequence{0};
  std::atomic<uint64_t> alive_sum{0};
};
extern RecordingState recording_state;

// The wrappers run before any static initialiser, so without dynamic TLS.
struct RecordingThread {
  int tid;  // zero until it is asked for
  bool may_be_vforked;
};
extern __attribute__((
    tls_model("initial-exec"))) __thread RecordingThread recording_thread;

// Holds from the next call on. Thread-safe.
void SetRecording(Recording recording);
inline Recording GetRecording() {
  return recording_state.recording.load(std::memory_order_relaxed);
}

// The number of the last creating call that has begun in this process; zero if
// there was none.
uint64_t LastSequence();

// Which of the recorded resources are there now, as a number: for two different
// sets it is the same once in 2^64. It never comes back to what it was when
// something happened that the records do not show in full: a child process was
// made, or what nobody had recorded was closed. Thread-safe, for signal
// handlers too.
//
// Each change follows upon the record: whoever reads the number first, and
// looks then, finds it changed by all that was not yet recorded when it looked.
uint64_t AliveSum();
void ChangeAliveSumForGood();

// SplitMix64's finalizer, by Sebastiano Vigna: sums of its values look random.
constexpr uint64_t Scatter(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

inline void AddAlive(uint64_t sequence) {
  AddLightly(&recording_state.alive_sum, Scatter(sequence));
}
inline void RemoveAlive(uint64_t sequence) {
  AddLightly(&recording_state.alive_sum, 0 - Scatter(sequence));
}

// Where a call is made: the function's name, a literal, and the address that it
// returns to.
struct CallSite {
  const char* call;
  const void* caller;
};

// What is recorded of a creating call, small enough to keep many.
struct CreationRecord {
  uint64_t sequence = 0;  // zero: there is no record
  const char* call = nullptr;
  StackId stack = 0;
  int tid = 0;
  uint32_t charged_to = 0;  // as in Origin
};

// The number of a creating call that begins now, or zero if nothing is
// recorded. Taken before the call: what a snapshot shows was begun before it.
inline uint64_t BeginCreation() {
  if (GetRecording() == Recording::kOff) return 0;
  return AddLightly(&recording_state.last_sequence, 1) + 1;
}

// The record of a creating call by this thread, which BeginCreation() gave the
// number `sequence`. Errno is kept.
CreationRecord RecordCreation(uint64_t sequence, const CallSite& site);

// The stack of a releasing call; zero unless those are recorded.
StackId RecordReleaseStack(const void* caller);

// False in the child of vfork(2), which has its parent's memory and is not to
// change its records. True in the child of fork(2), which has records of its
// own. (A child that clone(2) gives our memory to is taken for a thread.)
bool IsRecordedProcess();
inline bool InRecordedProcess() {
  return !recording_thread.may_be_vforked || IsRecordedProcess();
}

// By this thread, before it calls vfork(2): from now on it may be its own
// child.
void ExpectVfork();

// In the child of fork(2): what was remembered of its parent holds no more.
void AdoptProcess();

// The kernel's id of the calling thread.
int AskForTid();
inline int CurrentTid() {
  return recording_thread.tid != 0 ? recording_thread.tid : AskForTid();
}

// The stack behind a number; empty if there is none, or no room was left.
std::vector<uintptr_t> StackOf(StackId id);

Origin ToOrigin(const CreationRecord& record);

// How many stacks could not be kept, for want of room.
uint64_t LostStacks();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_RECORDING_H_
