// What was released that is worth a word: what is older than the scope that is
// being checked, and what was released for a second time.

#ifndef LEAKTRAP_ORIGIN_RELEASE_LOG_H_
#define LEAKTRAP_ORIGIN_RELEASE_LOG_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/stack_depot.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// One releasing call.
struct ReleaseRecord {
  Kind kind = Kind::kDescriptor;
  uint64_t number = 0;
  CreationRecord made;       // of what was released; of the last holder of the
                             // number, if it was released already
  const void* at = nullptr;  // where the releasing call returns to
  StackId stack = 0;         // of the releasing call, if those are recorded
  int tid = 0;               // who called it
  // Where it was released for the first time; null if this was the first time.
  const void* first_at = nullptr;
};

// Only what was made up to `sequence` is logged when it is released. Thread-
// safe, as are the others.
void LogReleasesOfOlderThan(uint64_t sequence);
extern std::atomic<uint64_t> newest_logged;
inline bool IsLogged(uint64_t sequence) {
  return sequence <= newest_logged.load(std::memory_order_relaxed);
}

// Lock-free, without a heap. The log holds the last 1,024 of them.
void LogRelease(const ReleaseRecord& release);

// How many have been logged since the program began.
uint64_t LoggedReleases();

// Those that were logged after the first `count`, as far as they are still
// there, in order.
std::vector<ReleaseRecord> ReleasesAfter(uint64_t count);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_RELEASE_LOG_H_
