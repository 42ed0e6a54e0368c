#include "leaktrap/origin/creation_cell.h"

#include <atomic>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {
namespace {

// All fields follow from the sequence.
CreationRecord MakeRecord(uint64_t sequence) {
  static const char kNames[4] = {};
  CreationRecord record;
  record.sequence = sequence;
  record.call = &kNames[sequence % 4];
  record.stack = static_cast<StackId>(sequence * 3);
  record.tid = static_cast<int>(sequence * 5);
  record.charged_to = static_cast<uint32_t>(sequence * 7);
  return record;
}

bool Same(const CreationRecord& a, const CreationRecord& b) {
  return a.sequence == b.sequence && a.call == b.call && a.stack == b.stack &&
         a.tid == b.tid && a.charged_to == b.charged_to;
}

TEST(CreationCell, HoldsTheRecordUntilItIsTaken) {
  CreationCell cell = {};
  EXPECT_TRUE(Same(cell.Get(), CreationRecord()));
  EXPECT_EQ(cell.Take(), 0u);
  cell.Put(MakeRecord(7));
  EXPECT_TRUE(Same(cell.Get(), MakeRecord(7)));
  EXPECT_EQ(cell.sequence(), 7u);
  EXPECT_EQ(cell.Take(), 7u);
  EXPECT_TRUE(Same(cell.Get(), CreationRecord()));
  EXPECT_EQ(cell.Take(), 0u);
}

TEST(CreationCell, CanPutBackWhatWasTaken) {
  CreationCell cell = {};
  cell.Put(MakeRecord(7));
  cell.PutBack(cell.Take());
  EXPECT_TRUE(Same(cell.Get(), MakeRecord(7)));
}

TEST(CreationCell, RemembersTheLastOne) {
  CreationCell cell = {};
  cell.Put(MakeRecord(7));
  cell.Put(MakeRecord(8));
  cell.Take();
  EXPECT_TRUE(Same(cell.GetLast(8), MakeRecord(8)));
}

TEST(CreationCell, ChangesWhoIsCharged) {
  CreationCell cell = {};
  cell.Put(MakeRecord(7));
  cell.set_charged_to(1);
  EXPECT_EQ(cell.Get().charged_to, 1u);
  EXPECT_EQ(cell.Get().sequence, 7u);
}

TEST(CreationCell, IsNeverReadHalfWritten) {
  CreationCell cell = {};
  std::atomic<bool> over{false};
  uint64_t mixed = 0;
  uint64_t whole = 0;
  std::thread reader([&] {
    while (!over || whole == 0) {
      const CreationRecord record = cell.Get();
      if (record.sequence == 0) continue;
      if (Same(record, MakeRecord(record.sequence))) {
        ++whole;
      } else {
        ++mixed;
      }
    }
  });
  uint64_t sequence = 0;
  while (sequence < 200000) {
    cell.Put(MakeRecord(++sequence));
    if (sequence % 3 == 0) cell.Take();
  }
  over = true;
  cell.Put(MakeRecord(++sequence));
  reader.join();
  EXPECT_EQ(mixed, 0u);
}

}  // namespace
}  // namespace leaktrap::internal
