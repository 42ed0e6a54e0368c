#include "leaktrap/origin/stack_depot.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::Each;
using testing::IsEmpty;

using Stack = std::vector<uintptr_t>;

template <typename Depot>
StackId Put(Depot& depot, const Stack& stack) {
  return depot.Put(stack.data(), static_cast<int>(stack.size()));
}

// `count` addresses that no other `number` has.
Stack MakeStack(uintptr_t number, int count) {
  Stack stack;
  for (int i = 0; i < count; ++i) stack.push_back(number * 1000 + i + 1);
  return stack;
}

TEST(StackDepot, KeepsEachStackOnce) {
  StackDepot<64, 256> depot;
  const StackId first = Put(depot, {1, 2, 3});
  EXPECT_GT(first, kLostStack);
  EXPECT_EQ(Put(depot, {1, 2, 3}), first);
  std::set<StackId> ids = {first};
  for (const Stack& other :
       {Stack{1, 2}, Stack{1, 2, 3, 4}, Stack{3, 2, 1}, Stack{1}, Stack{2}}) {
    EXPECT_TRUE(ids.insert(Put(depot, other)).second);
    EXPECT_EQ(depot.Get(Put(depot, other)), other);
  }
  EXPECT_EQ(depot.Get(first), Stack({1, 2, 3}));
  EXPECT_EQ(depot.lost(), 0u);
}

TEST(StackDepot, HasNothingForNoStack) {
  StackDepot<64, 256> depot;
  EXPECT_THAT(depot.Get(2), IsEmpty());
  EXPECT_EQ(Put(depot, {}), 0u);
  Put(depot, {1});
  EXPECT_THAT(depot.Get(0), IsEmpty());
  EXPECT_THAT(depot.Get(kLostStack), IsEmpty());
  EXPECT_THAT(depot.Get(65 + kLostStack), IsEmpty());
  EXPECT_THAT(depot.Get(~StackId{0}), IsEmpty());
}

TEST(StackDepot, LosesWhatIsMoreThanItsStacks) {
  StackDepot<64, 1024> depot;
  std::map<StackId, Stack> kept;
  for (uintptr_t i = 0; i < 200; ++i) {
    const Stack stack = MakeStack(i, 2);
    const StackId id = Put(depot, stack);
    if (id != kLostStack) kept[id] = stack;
  }
  EXPECT_EQ(kept.size(), 64u);
  EXPECT_EQ(depot.lost(), 136u);
  for (const auto& [id, stack] : kept) {
    EXPECT_EQ(depot.Get(id), stack);
    EXPECT_EQ(Put(depot, stack), id) << "a full depot still knows what it has";
  }
  EXPECT_EQ(depot.lost(), 136u);
}

TEST(StackDepot, LosesWhatIsMoreThanItsFrames) {
  StackDepot<1024, 80> depot;
  const StackId first = Put(depot, MakeStack(1, 32));
  const StackId second = Put(depot, MakeStack(2, 32));
  EXPECT_EQ(Put(depot, MakeStack(3, 32)), kLostStack);
  EXPECT_EQ(Put(depot, MakeStack(3, 32)), kLostStack);
  EXPECT_EQ(depot.lost(), 2u);
  const StackId small = Put(depot, MakeStack(4, 16));
  EXPECT_EQ(depot.Get(small), MakeStack(4, 16));
  EXPECT_EQ(Put(depot, MakeStack(5, 1)), kLostStack);
  EXPECT_EQ(depot.Get(first), MakeStack(1, 32));
  EXPECT_EQ(depot.Get(second), MakeStack(2, 32));
}

TEST(StackDepot, GivesAllThreadsTheSameNumbers) {
  constexpr int kThreads = 8;
  constexpr int kShared = 100;
  StackDepot<1024, 16384> depot;
  std::vector<std::vector<StackId>> shared(kThreads,
                                           std::vector<StackId>(kShared));
  std::vector<std::vector<StackId>> own(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kShared; ++i) {
        const int which = (i * 7 + thread * 13) % kShared;
        shared[thread][which] = Put(depot, MakeStack(which, 8));
        if (i % 4 == 0) {
          own[thread].push_back(
              Put(depot, MakeStack(1000 + thread * 1000 + i, 8)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_THAT(shared, Each(shared[0]));
  std::set<StackId> all(shared[0].begin(), shared[0].end());
  for (int i = 0; i < kShared; ++i) {
    EXPECT_EQ(depot.Get(shared[0][i]), MakeStack(i, 8));
  }
  for (int thread = 0; thread < kThreads; ++thread) {
    for (size_t i = 0; i < own[thread].size(); ++i) {
      EXPECT_TRUE(all.insert(own[thread][i]).second);
      EXPECT_EQ(depot.Get(own[thread][i]),
                MakeStack(1000 + thread * 1000 + i * 4, 8));
    }
  }
  EXPECT_EQ(depot.lost(), 0u);
}

// Each either whole or lost, however many threads race for the last places.
TEST(StackDepot, IsFilledUpByManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20;
  for (int round = 0; round < 200; ++round) {
    StackDepot<64, 256> depot;
    std::atomic<int> waiting{kThreads};
    std::vector<std::vector<StackId>> ids(kThreads);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        for (int i = 0; i < kEach; ++i) {
          ids[thread].push_back(Put(depot, MakeStack(thread * kEach + i, 5)));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    uint64_t lost = 0;
    for (int thread = 0; thread < kThreads; ++thread) {
      for (int i = 0; i < kEach; ++i) {
        const StackId id = ids[thread][i];
        if (id == kLostStack) {
          ++lost;
        } else {
          ASSERT_EQ(depot.Get(id), MakeStack(thread * kEach + i, 5));
        }
      }
    }
    ASSERT_EQ(lost, depot.lost());
    ASSERT_GE(lost, kThreads * kEach - 256 / 5u);
  }
}

}  // namespace
}  // namespace leaktrap::internal
