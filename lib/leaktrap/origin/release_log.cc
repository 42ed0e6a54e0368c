#include "leaktrap/origin/release_log.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "leaktrap/origin/creation_cell.h"
#include "leaktrap/origin/lazy_table.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/stack_depot.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kEntries = 1024;
constexpr uint64_t kWriting = ~uint64_t{0};

struct Entry {
  std::atomic<uint64_t> place;  // of this release among all, from one;
                                // kWriting while it is being written
  CreationCell made;
  std::atomic<Kind> kind;
  std::atomic<uint64_t> number;
  std::atomic<const void*> at;
  std::atomic<const void*> first_at;
  std::atomic<StackId> stack;
  std::atomic<int> tid;
};

LazyTable<Entry, kEntries> entries;
std::atomic<uint64_t> logged{0};

}  // namespace

std::atomic<uint64_t> newest_logged{0};

void LogReleasesOfOlderThan(uint64_t sequence) {
  newest_logged.store(sequence, std::memory_order_relaxed);
}

void LogRelease(const ReleaseRecord& release) {
  Entry* const table = entries.Get();
  if (table == nullptr) return;
  const uint64_t place = logged.fetch_add(1, std::memory_order_acq_rel) + 1;
  Entry& entry = table[place % kEntries];
  // Another writer may be a whole round behind, or ahead: one of the two is
  // lost then, rather than both mixed.
  uint64_t before = entry.place.load(std::memory_order_acquire);
  if (before > place || !entry.place.compare_exchange_strong(
                            before, kWriting, std::memory_order_acq_rel)) {
    return;
  }
  entry.made.Put(release.made);
  entry.kind.store(release.kind, std::memory_order_release);
  entry.number.store(release.number, std::memory_order_release);
  entry.at.store(release.at, std::memory_order_release);
  entry.first_at.store(release.first_at, std::memory_order_release);
  entry.stack.store(release.stack, std::memory_order_release);
  entry.tid.store(release.tid, std::memory_order_release);
  entry.place.store(place, std::memory_order_release);
}

uint64_t LoggedReleases() { return logged.load(std::memory_order_acquire); }

std::vector<ReleaseRecord> ReleasesAfter(uint64_t count) {
  std::vector<ReleaseRecord> releases;
  const Entry* const table = entries.GetIfUsed();
  if (table == nullptr) return releases;
  const uint64_t end = LoggedReleases();
  const uint64_t oldest = end > kEntries ? end - kEntries : 0;
  for (uint64_t place = std::max(count, oldest) + 1; place <= end; ++place) {
    const Entry& entry = table[place % kEntries];
    if (entry.place.load(std::memory_order_acquire) != place) continue;
    ReleaseRecord release;
    release.made = entry.made.Get();
    release.kind = entry.kind.load(std::memory_order_acquire);
    release.number = entry.number.load(std::memory_order_acquire);
    release.at = entry.at.load(std::memory_order_acquire);
    release.first_at = entry.first_at.load(std::memory_order_acquire);
    release.stack = entry.stack.load(std::memory_order_acquire);
    release.tid = entry.tid.load(std::memory_order_acquire);
    if (entry.place.load(std::memory_order_acquire) == place) {
      releases.push_back(release);
    }
  }
  return releases;
}

}  // namespace leaktrap::internal
