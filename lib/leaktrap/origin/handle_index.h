// Finds what has a handle without looking through all that there is.

#ifndef LEAKTRAP_ORIGIN_HANDLE_INDEX_H_
#define LEAKTRAP_ORIGIN_HANDLE_INDEX_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "leaktrap/origin/lazy_table.h"

namespace leaktrap::internal {

// A table with open addressing, which may be used as LazyTable may: nothing is
// locked. What is added is never taken out, but goes stale, and gives its slot
// to the next one that is added near it.
template <size_t kSlots>
class HandleIndex {
 public:
  static_assert((kSlots & (kSlots - 1)) == 0);

  // How far behind the slot that its handle asks for an entry may stand.
  static constexpr size_t kLongestProbe = kSlots < 64 ? kSlots : 64;

  constexpr HandleIndex() = default;

  // `entry` is not zero, and was never another handle's. `is_stale(entry)` says
  // whether nobody will look for that one any more. Adding it again does
  // nothing.
  template <typename IsStale>
  void Add(uint64_t handle, uint64_t entry, IsStale is_stale) {
    Slot* const slots = slots_.Get();
    for (size_t step = 0; slots != nullptr && step < kLongestProbe; ++step) {
      Slot& slot = slots[SlotOf(handle, step)];
      uint64_t found = slot.load(std::memory_order_acquire);
      for (;;) {
        if (found == entry) return;
        if (found != 0 && !is_stale(found)) break;
        if (slot.compare_exchange_strong(found, entry,
                                         std::memory_order_acq_rel)) {
          return;
        }
      }
    }
    is_partial_.store(true, std::memory_order_release);
  }

  // Whether there was once no room for an entry: then ForEach() may miss it.
  bool is_partial() const {
    return is_partial_.load(std::memory_order_acquire);
  }

  // Calls `visit(entry)` with all that were added for `handle`, some of them
  // more than once, and with stale and other handles' ones too.
  template <typename Visit>
  void ForEach(uint64_t handle, Visit visit) const {
    const Slot* const slots = slots_.GetIfUsed();
    for (size_t step = 0; slots != nullptr && step < kLongestProbe; ++step) {
      const uint64_t entry =
          slots[SlotOf(handle, step)].load(std::memory_order_acquire);
      // No slot is ever emptied: nothing was added behind this one.
      if (entry == 0) return;
      visit(entry);
    }
  }

 private:
  using Slot = std::atomic<uint64_t>;

  static size_t SlotOf(uint64_t handle, size_t step) {
    uint64_t hash = handle * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
    return (hash + step) & (kSlots - 1);
  }

  LazyTable<Slot, kSlots> slots_;
  std::atomic<bool> is_partial_{false};
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_HANDLE_INDEX_H_
