#include "leaktrap/origin/lazy_table.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::Each;
using testing::NotNull;

TEST(LazyTable, IsThereOnceSomebodyWritesToIt) {
  static LazyTable<int, 1000> table;
  EXPECT_EQ(table.GetIfUsed(), nullptr);
  int* const elements = table.Get();
  ASSERT_THAT(elements, NotNull());
  EXPECT_EQ(table.GetIfUsed(), elements);
  EXPECT_EQ(table.Get(), elements);
  EXPECT_EQ(elements[0], 0);
  EXPECT_EQ(elements[999], 0);
  elements[999] = 5;
  EXPECT_EQ(table.Get()[999], 5);
}

// 64 GiB.
TEST(LazyTable, CostsOnlyWhatIsWritten) {
  static LazyTable<char, size_t{1} << 36> table;
  ASSERT_THAT(table.Get(), NotNull());
  table.Get()[table.size() - 1] = 'x';
  EXPECT_EQ(table.Get()[table.size() / 2], '\0');
}

TEST(LazyTable, SaysThatThereIsNoRoomAndKeepsErrno) {
  static LazyTable<char, size_t{1} << 60> table;
  errno = ENOTTY;
  EXPECT_EQ(table.Get(), nullptr);
  EXPECT_EQ(errno, ENOTTY);
  EXPECT_EQ(table.GetIfUsed(), nullptr);
}

TEST(LazyTable, IsTheSameForAllThreads) {
  for (int round = 0; round < 50; ++round) {
    LazyTable<int, 1000> table;
    std::atomic<int> waiting{4};
    std::vector<int*> seen(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        --waiting;
        while (waiting > 0) {
        }
        seen[i] = table.Get();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(seen, Each(table.GetIfUsed()));
  }
}

}  // namespace
}  // namespace leaktrap::internal
