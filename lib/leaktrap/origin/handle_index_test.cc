#include "leaktrap/origin/handle_index.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

bool Never(uint64_t) { return false; }

template <typename Index>
std::set<uint64_t> Found(const Index& index, uint64_t handle) {
  std::set<uint64_t> found;
  index.ForEach(handle, [&](uint64_t entry) { found.insert(entry); });
  return found;
}

TEST(HandleIndex, FindsAllOfOneHandle) {
  HandleIndex<1024> index;
  EXPECT_THAT(Found(index, 4096), IsEmpty());
  index.Add(4096, 1, Never);
  index.Add(4096, 2, Never);
  index.Add(8192, 3, Never);
  EXPECT_THAT(Found(index, 4096), Contains(1));
  EXPECT_THAT(Found(index, 4096), Contains(2));
  EXPECT_THAT(Found(index, 8192), Contains(3));
  EXPECT_FALSE(index.is_partial());
}

TEST(HandleIndex, TakesTheSlotsOfWhatIsStale) {
  HandleIndex<64> index;
  // Each makes the one before it stale.
  for (uint64_t entry = 1; entry <= 100'000; ++entry) {
    index.Add(entry % 7 * 4096, entry,
              [&](uint64_t found) { return found < entry; });
    ASSERT_THAT(Found(index, entry % 7 * 4096), Contains(entry));
  }
  EXPECT_FALSE(index.is_partial());
}

TEST(HandleIndex, HoldsWhatIsAddedTwiceOnce) {
  HandleIndex<8> index;
  for (int i = 0; i < 100; ++i) index.Add(4096, 5, Never);
  EXPECT_FALSE(index.is_partial());
}

TEST(HandleIndex, SaysThatThereWasNoRoom) {
  HandleIndex<8> index;
  for (uint64_t entry = 1; entry <= 8; ++entry) index.Add(4096, entry, Never);
  EXPECT_FALSE(index.is_partial());
  index.Add(4096, 9, Never);
  EXPECT_TRUE(index.is_partial());
  EXPECT_THAT(Found(index, 4096), Not(Contains(9)));
}

// Half full of live entries, as at the most threads that there can be, with the
// handles that the C library gives: the ends of stacks, one beside the other.
TEST(HandleIndex, HasRoomForHandlesInARow) {
  HandleIndex<(1 << 17)> index;
  for (uint64_t i = 0; i < (1 << 16); ++i) {
    index.Add(0x7f0000000000 + i * 0x801000, i + 1, Never);
  }
  EXPECT_FALSE(index.is_partial());
  for (uint64_t i = 0; i < (1 << 16); i += 97) {
    EXPECT_THAT(Found(index, 0x7f0000000000 + i * 0x801000), Contains(i + 1));
  }
}

// Threads add and make stale what is their own, in slots that all want.
TEST(HandleIndex, LosesNothingWhereManyAddAtOnce) {
  constexpr uint64_t kThreads = 4;
  HandleIndex<64> index;
  std::atomic<uint64_t> live[kThreads] = {};
  std::atomic<int> lost{0};
  const auto is_stale = [&](uint64_t entry) {
    return live[entry % kThreads] != entry;
  };
  std::vector<std::thread> threads;
  for (uint64_t own = 0; own < kThreads; ++own) {
    threads.emplace_back([&, own] {
      for (uint64_t round = 1; round <= 50'000; ++round) {
        const uint64_t entry = round * kThreads + own;
        live[own] = entry;
        index.Add(4096, entry, is_stale);
        if (Found(index, 4096).count(entry) == 0) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
  EXPECT_FALSE(index.is_partial());
}

}  // namespace
}  // namespace leaktrap::internal
