// Stacks, each kept once.
//
// Programs create most of what they create at few places, so thousands of
// records share a handful of stacks. A record carries the stack's number.

#ifndef LEAKTRAP_ORIGIN_STACK_DEPOT_H_
#define LEAKTRAP_ORIGIN_STACK_DEPOT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "leaktrap/origin/lazy_table.h"

namespace leaktrap::internal {

// Zero: none. kLostStack: there was no room for it any more.
using StackId = uint32_t;
inline constexpr StackId kLostStack = 1;

// Lock-free, without a heap; may be used by signal handlers and before static
// initialisers have run. A stack that was interrupted by fork(2) on its way in
// is lost in the child.
//
// The budget is fixed: kStacks different ones, kFrames return addresses in all.
template <size_t kStacks, size_t kFrames>
class StackDepot {
 public:
  static_assert((kStacks & (kStacks - 1)) == 0);

  constexpr StackDepot() = default;

  // The number of the stack of `count` addresses, a new one if need be.
  StackId Put(const uintptr_t* addresses, int count);

  // Empty for no stack, a lost one, or one that is on its way in.
  std::vector<uintptr_t> Get(StackId id) const;

  // How many stacks there was no room for.
  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  // A stack may stand up to so far behind the place that its hash asks for.
  static constexpr size_t kLongestProbe = kStacks < 64 ? kStacks : 64;

  struct Entry {
    std::atomic<uint64_t> hash;    // zero while free
    std::atomic<uint32_t> offset;  // of its first address
    std::atomic<uint32_t> count;   // zero until all addresses are there
  };

  StackId Lose() {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return kLostStack;
  }

  static uint64_t Hash(const uintptr_t* addresses, int count);
  static StackId IdOf(size_t place) {
    return static_cast<StackId>(place) + kLostStack + 1;
  }

  LazyTable<Entry, kStacks> entries_;
  LazyTable<std::atomic<uintptr_t>, kFrames> frames_;
  std::atomic<uint64_t> frames_used_{0};
  std::atomic<uint64_t> lost_{0};
};

template <size_t kStacks, size_t kFrames>
uint64_t StackDepot<kStacks, kFrames>::Hash(const uintptr_t* addresses,
                                            int count) {
  uint64_t hash = static_cast<uint64_t>(count);
  for (int i = 0; i < count; ++i) {
    // The finaliser of SplitMix64, which spreads every bit over all.
    hash += addresses[i] + 0x9e3779b97f4a7c15;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    hash ^= hash >> 31;
  }
  return hash == 0 ? 1 : hash;
}

template <size_t kStacks, size_t kFrames>
StackId StackDepot<kStacks, kFrames>::Put(const uintptr_t* addresses,
                                          int count) {
  if (count <= 0) return 0;
  Entry* const entries = entries_.Get();
  std::atomic<uintptr_t>* const frames = frames_.Get();
  if (entries == nullptr || frames == nullptr) return Lose();
  const uint64_t hash = Hash(addresses, count);
  for (size_t step = 0; step < kLongestProbe; ++step) {
    const size_t place = (hash + step) & (kStacks - 1);
    Entry& entry = entries[place];
    uint64_t found = entry.hash.load(std::memory_order_acquire);
    if (found == 0) {
      if (frames_used_.load(std::memory_order_relaxed) + count > kFrames) {
        return Lose();
      }
      if (entry.hash.compare_exchange_strong(found, hash,
                                             std::memory_order_acq_rel)) {
        const uint64_t offset =
            frames_used_.fetch_add(count, std::memory_order_relaxed);
        // Others were quicker: the entry stays without addresses.
        if (offset + count > kFrames) return Lose();
        for (int i = 0; i < count; ++i) {
          frames[offset + i].store(addresses[i], std::memory_order_relaxed);
        }
        entry.offset.store(static_cast<uint32_t>(offset),
                           std::memory_order_relaxed);
        entry.count.store(count, std::memory_order_release);
        return IdOf(place);
      }
    }
    if (found == hash) return IdOf(place);
  }
  return Lose();
}

template <size_t kStacks, size_t kFrames>
std::vector<uintptr_t> StackDepot<kStacks, kFrames>::Get(StackId id) const {
  const Entry* const entries = entries_.GetIfUsed();
  const std::atomic<uintptr_t>* const frames = frames_.GetIfUsed();
  if (id <= kLostStack || id > IdOf(kStacks - 1)) return {};
  if (entries == nullptr || frames == nullptr) return {};
  const Entry& entry = entries[id - kLostStack - 1];
  const uint32_t count = entry.count.load(std::memory_order_acquire);
  const uint32_t offset = entry.offset.load(std::memory_order_relaxed);
  std::vector<uintptr_t> stack;
  stack.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    stack.push_back(frames[offset + i].load(std::memory_order_relaxed));
  }
  return stack;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_STACK_DEPOT_H_
