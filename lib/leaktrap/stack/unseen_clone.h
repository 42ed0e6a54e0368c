// Child processes that no wrapper of the C library's sees being made.

#ifndef LEAKTRAP_STACK_UNSEEN_CLONE_H_
#define LEAKTRAP_STACK_UNSEEN_CLONE_H_

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace leaktrap::internal {

// A child has a copy of this process's memory. A copy takes the longer the more
// threads there are, each of which has memory of its own: with 20,000 half a
// second. So with many of them children share the memory, and the calling
// thread stands still, signals and all, until its child runs another program or
// has ended.
class UnseenClone {
 public:
  // More than these are many.
  static constexpr size_t kMostThreadsCopied = 500;

  enum class Memory {
    kCopy,
    kAsIsQuicker,  // the calling thread may stand still
  };
  explicit UnseenClone(Memory memory);

  // Not under ThreadSanitizer.
  static bool CanShareMemory();

  bool shares_memory() const { return !stacks_.empty(); }

  // Runs `child(argument)`, which must not return, in a process whose end sends
  // `signal_at_end`, or none if that is 0. `is_childs` if a child of Start()
  // calls. Returns the process's id, negative with errno set if there is none.
  pid_t Start(int signal_at_end, bool is_childs, int (*child)(void*),
              void* argument) const;

 private:
  std::vector<char> stacks_;  // one of this process's child, one of that one's
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_UNSEEN_CLONE_H_
