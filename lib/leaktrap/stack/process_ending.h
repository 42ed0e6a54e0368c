// How a program ended and what it wrote last, in memory that its starter shares
// with those that it forks.

#ifndef LEAKTRAP_STACK_PROCESS_ENDING_H_
#define LEAKTRAP_STACK_PROCESS_ENDING_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace leaktrap::internal {

struct Ending {
  bool keeper_done = false;
  bool timed_out = false;
  int not_started = 0;   // errno
  int status = 0;        // wait(2)'s
  uint64_t written = 0;  // bytes, all that came by the tail
};

// The end of the output: byte n of it stands at n % size.
struct Tail {
  char* bytes = nullptr;
  uint64_t size = 0;
};

class SharedEnding {
 public:
  explicit SharedEnding(uint64_t tail_size = 0)
      : size_(sizeof(Ending) + tail_size),
        memory_(mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ != MAP_FAILED) new (memory_) Ending();
  }
  SharedEnding(const SharedEnding&) = delete;
  SharedEnding& operator=(const SharedEnding&) = delete;
  ~SharedEnding() {
    if (memory_ != MAP_FAILED) munmap(memory_, size_);
  }

  // Null if there was no memory; then there is no tail.
  Ending* get() const {
    return memory_ == MAP_FAILED ? nullptr : static_cast<Ending*>(memory_);
  }

  Tail tail() const {
    return {static_cast<char*>(memory_) + sizeof(Ending),
            size_ - sizeof(Ending)};
  }

 private:
  const size_t size_;
  void* const memory_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_PROCESS_ENDING_H_
