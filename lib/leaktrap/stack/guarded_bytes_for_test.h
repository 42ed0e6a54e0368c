// Bytes behind which there is no memory.

#ifndef LEAKTRAP_STACK_GUARDED_BYTES_FOR_TEST_H_
#define LEAKTRAP_STACK_GUARDED_BYTES_FOR_TEST_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"
#include "leaktrap/stack/byte_reader.h"

namespace leaktrap::internal {

// Reading behind them ends the test program, however it was compiled.
class GuardedBytes {
 public:
  GuardedBytes(const void* bytes, size_t size) : size_(size) {
    constexpr size_t kPage = 4096;
    const size_t room = (size + kPage - 1) / kPage * kPage;
    mapped_ = room + kPage;
    memory_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(memory_, MAP_FAILED);
    EXPECT_EQ(mprotect(memory_ + room, kPage, PROT_NONE), 0);
    bytes_ = memory_ + room - size;
    if (size > 0) memcpy(bytes_, bytes, size);
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { munmap(memory_, mapped_); }

  char* data() const { return bytes_; }
  ByteRange range() const {
    const auto begin = reinterpret_cast<uintptr_t>(bytes_);
    return {begin, begin + size_};
  }

 private:
  size_t size_, mapped_;
  char* memory_;
  char* bytes_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_GUARDED_BYTES_FOR_TEST_H_
