// A big array of zeroes that costs memory only where it is written.

#ifndef LEAKTRAP_ORIGIN_LAZY_TABLE_H_
#define LEAKTRAP_ORIGIN_LAZY_TABLE_H_

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <type_traits>

namespace leaktrap::internal {

// Constant-initialised: may be used before any static initialiser has run, by a
// signal handler, and by several threads at once. Never given back. Not a
// static array, since LeakSanitizer would read through all of that.
template <typename Element, size_t kSize>
class LazyTable {
 public:
  static_assert(std::is_trivially_destructible_v<Element>);

  constexpr LazyTable() = default;

  static constexpr size_t size() { return kSize; }

  // All of it; null if there is no memory. Errno is kept.
  Element* Get() {
    Element* elements = elements_.load(std::memory_order_acquire);
    return elements != nullptr ? elements : Map();
  }

  // Null as long as nobody has written to it.
  Element* GetIfUsed() const {
    return elements_.load(std::memory_order_acquire);
  }

 private:
  Element* Map() {
    const int saved_errno = errno;
    constexpr size_t kBytes = kSize * sizeof(Element);
    // By the system call itself: this runs where a sanitizer's may not.
    const long mapped =
        syscall(SYS_mmap, nullptr, kBytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0L);
    errno = saved_errno;
    if (mapped == -1) return nullptr;
    auto* const mine = reinterpret_cast<Element*>(mapped);
    Element* theirs = nullptr;
    if (elements_.compare_exchange_strong(theirs, mine,
                                          std::memory_order_acq_rel)) {
      return mine;
    }
    syscall(SYS_munmap, mine, kBytes);
    return theirs;
  }

  std::atomic<Element*> elements_{nullptr};
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_LAZY_TABLE_H_
