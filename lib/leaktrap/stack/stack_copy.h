// A copy of the stack of another thread, which is not touched for it.

#ifndef LEAKTRAP_STACK_STACK_COPY_H_
#define LEAKTRAP_STACK_STACK_COPY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leaktrap::internal {

class StackCopy {
 public:
  // Of the memory from `begin` on. `is_whole`: whether the stack ends where the
  // copy ends.
  StackCopy(uintptr_t begin, std::vector<char> bytes, bool is_whole)
      : begin_(begin), bytes_(std::move(bytes)), is_whole_(is_whole) {}

  uintptr_t begin() const { return begin_; }
  size_t size() const { return bytes_.size(); }
  bool is_whole() const { return is_whole_; }

  // The word at `address`; false if not all of it is in the copy.
  bool Read(uint64_t address, uint64_t* word) const {
    // `address + 8` would wrap around at the end of the address space.
    if (size() < sizeof(*word) || address < begin_ ||
        address - begin_ > size() - sizeof(*word)) {
      return false;
    }
    memcpy(word, bytes_.data() + (address - begin_), sizeof(*word));
    return true;
  }

 private:
  uintptr_t begin_;
  std::vector<char> bytes_;
  bool is_whole_;
};

// Copies this process's memory from `begin` on: `most` bytes, or up to `end`
// (0: unknown), or to where nothing is mapped, whichever comes first. nullopt
// with words in `*why_not` if nothing can be read there. Where the system
// refuses process_vm_readv(2), a descriptor is open during the call, and memory
// that is mapped but protected, as below other stacks, does not end the copy.
std::optional<StackCopy> CopyStack(uintptr_t begin, uintptr_t end, size_t most,
                                   std::string* why_not);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_STACK_COPY_H_
