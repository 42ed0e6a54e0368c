// Reading what the kernel says of tasks: is one parked for good?
//
// Pure functions of what /proc says, for early_end_proof_linux.cc. Each of them
// answers "no" to a text that it does not understand.

#ifndef LEAKTRAP_CHECK_PARKED_TASK_H_
#define LEAKTRAP_CHECK_PARKED_TASK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "leaktrap/probe/standing_threads.h"

namespace leaktrap::internal {

// Whether a thread sleeps in futex(2) without a time-out, on a word that no
// other process can wake. pthread_join and future.wait do not set
// FUTEX_PRIVATE_FLAG; for these `is_private` is asked whether the word's
// address lies in a private mapping.
//
// One that was woken and has no processor yet has the state of one that runs,
// while its place may still read as if it slept (TASK_WAKING in the kernel).
bool IsParkedForGood(const StandingThread& thread,
                     absl::FunctionRef<bool(uint64_t)> is_private);

// How often a task went to sleep of its own, by its /proc/PID/task/TID/status.
std::optional<uint64_t> SleepCount(const std::string& status_text);

// Whether every signal that has a handler, by the line SigCgt of
// /proc/self/status, is one whose handler does not release resources: faults,
// glibc's own two, and the three whose sender means to end the run.
bool HandlersAreHarmless(const std::string& status_text);

// Whether `address` lies in a private mapping, by /proc/self/maps.
bool IsInPrivateMapping(const std::string& maps_text, uint64_t address);

// Whether the target of a descriptor's link, or a mapping's path, belongs to an
// io_uring.
bool IsIoUring(const std::string& text);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_PARKED_TASK_H_
