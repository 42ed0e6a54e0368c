// A CreationRecord that is read while others write it.

#ifndef LEAKTRAP_ORIGIN_CREATION_CELL_H_
#define LEAKTRAP_ORIGIN_CREATION_CELL_H_

#include <atomic>
#include <cstdint>

#include "leaktrap/origin/light_atomic.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/stack_depot.h"

namespace leaktrap::internal {

// All zeroes is a cell that holds nothing, so that it can lie in a LazyTable.
// The fields of a record that was taken out stay behind until the next one
// comes: what is closed for a second time has still a maker.
class CreationCell {
 public:
  // One writer at a time: whoever was given the number by the kernel.
  void Put(const CreationRecord& record) {
    sequence_.store(0, std::memory_order_release);
    call_.store(record.call, std::memory_order_release);
    stack_.store(record.stack, std::memory_order_release);
    tid_.store(record.tid, std::memory_order_release);
    charged_to_.store(record.charged_to, std::memory_order_release);
    sequence_.store(record.sequence, std::memory_order_release);
  }

  // Takes the record out and returns its sequence; zero if there is none.
  uint64_t Take() { return TakeLightly(&sequence_); }

  // Puts back what Take() has just returned.
  void PutBack(uint64_t sequence) {
    sequence_.store(sequence, std::memory_order_release);
  }

  uint64_t sequence() const {
    return sequence_.load(std::memory_order_acquire);
  }

  uint32_t charged_to() const {
    return charged_to_.load(std::memory_order_acquire);
  }
  void set_charged_to(uint32_t charged_to) {
    charged_to_.store(charged_to, std::memory_order_release);
  }

  // An empty record if there is none, or another is being put in.
  CreationRecord Get() const {
    const uint64_t sequence = this->sequence();
    if (sequence == 0) return {};
    const CreationRecord record = GetLast(sequence);
    return this->sequence() == sequence ? record : CreationRecord();
  }

  // The fields of the record that was put in last, whether it is still in or
  // not; under the sequence that the caller knows it to have had.
  CreationRecord GetLast(uint64_t sequence) const {
    CreationRecord record;
    record.sequence = sequence;
    record.call = call_.load(std::memory_order_acquire);
    record.stack = stack_.load(std::memory_order_acquire);
    record.tid = tid_.load(std::memory_order_acquire);
    record.charged_to = charged_to_.load(std::memory_order_acquire);
    return record;
  }

 private:
  std::atomic<uint64_t> sequence_;
  std::atomic<const char*> call_;
  std::atomic<StackId> stack_;
  std::atomic<int> tid_;
  std::atomic<uint32_t> charged_to_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_CREATION_CELL_H_
