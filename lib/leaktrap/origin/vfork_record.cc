// What the interposed vfork(2) does before and after. It is written in
// assembler: the child uses its parent's stack, so that no function of ours may
// return in both.

#include <sys/types.h>

#include <cerrno>
#include <cstdint>

#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recording.h"

using leaktrap::internal::BeginCreation;
using leaktrap::internal::CreationRecord;
using leaktrap::internal::ExpectVfork;
using leaktrap::internal::InRecordedProcess;
using leaktrap::internal::PutProcess;
using leaktrap::internal::RecordCreation;

extern "C" {

// A sanitizer's own vfork, which knows more than we do.
__attribute__((weak)) pid_t __interceptor_vfork();

namespace {

__attribute__((tls_model("initial-exec"))) thread_local CreationRecord begun;

}  // namespace

// Returns the function to go on with instead, or null to make the system call.
__attribute__((used, visibility("hidden"))) void* leaktrap_before_vfork(
    const void* caller) {
  begun = CreationRecord();
  // A vfork within a vfork's child: its parent is not ours to remember.
  const bool in_recorded_process = InRecordedProcess();
  if (in_recorded_process) ExpectVfork();
  if (&__interceptor_vfork != nullptr) {
    return reinterpret_cast<void*>(&__interceptor_vfork);
  }
  const uint64_t sequence = BeginCreation();
  if (sequence != 0 && in_recorded_process) {
    begun = RecordCreation(sequence, {"vfork", caller});
  }
  return nullptr;
}

// In the parent; `result` is what the system call gave.
__attribute__((used, visibility("hidden"))) pid_t leaktrap_after_vfork(
    long result) {
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  if (begun.sequence != 0) PutProcess(static_cast<pid_t>(result), begun);
  return static_cast<pid_t>(result);
}

}  // extern "C"
