// Reading and writing in one, for less where the process has one thread.
//
// A locked instruction costs as much as all the rest of a record. Without the
// lock it is still one instruction, which a signal handler runs before or
// after. The C library says whether there are threads; one that was made by a
// bare clone(2) it does not know: beside such a one two creating calls may get
// the same number.

#ifndef LEAKTRAP_ORIGIN_LIGHT_ATOMIC_H_
#define LEAKTRAP_ORIGIN_LIGHT_ATOMIC_H_

#include <sys/single_threaded.h>

#include <atomic>
#include <cstdint>

namespace leaktrap::internal {

inline bool HasOneThread() {
#ifdef __x86_64__
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

// Adds `n` to `*word`, and returns what it was before.
inline uint64_t AddLightly(std::atomic<uint64_t>* word, uint64_t n) {
#ifdef __x86_64__
  if (HasOneThread()) {
    asm volatile("xaddq %0, %1"
                 : "+r"(n), "+m"(*reinterpret_cast<uint64_t*>(word))
                 :
                 : "cc", "memory");
    return n;
  }
#endif
  return word->fetch_add(n, std::memory_order_acq_rel);
}

// Sets `*word` to zero, and returns what it was before.
inline uint64_t TakeLightly(std::atomic<uint64_t>* word) {
  uint64_t before = word->load(std::memory_order_acquire);
  if (before == 0) return 0;
#ifdef __x86_64__
  // An exchange has the lock by itself; this one has not.
  while (HasOneThread()) {
    bool taken;
    asm volatile("cmpxchgq %3, %2"
                 : "=@ccz"(taken), "+a"(before),
                   "+m"(*reinterpret_cast<uint64_t*>(word))
                 : "r"(uint64_t{0})
                 : "memory");
    if (taken) return before;
  }
#endif
  return word->exchange(0, std::memory_order_acq_rel);
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_LIGHT_ATOMIC_H_
