#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "leaktrap/stack/unseen_clone.h"

// ThreadSanitizer's, where it is linked in.
extern "C" __attribute__((weak)) void __tsan_init();

namespace leaktrap::internal {
namespace {

constexpr size_t kStack = size_t{64} << 10;
constexpr size_t kAlignment = 16;

bool HasManyThreads() {
  struct stat tasks;
  return fstatat(AT_FDCWD, "/proc/self/task", &tasks, 0) == 0 &&
         tasks.st_nlink > UnseenClone::kMostThreadsCopied;
}

}  // namespace

// ThreadSanitizer stands in front of clone(2), and notes in the memory that it
// runs in a child now: from then on the program could begin no thread.
bool UnseenClone::CanShareMemory() { return &__tsan_init == nullptr; }

UnseenClone::UnseenClone(Memory memory) {
  if (memory == Memory::kAsIsQuicker && CanShareMemory() && HasManyThreads())
    stacks_.resize(2 * kStack + kAlignment);
}

pid_t UnseenClone::Start(int signal_at_end, bool is_childs, int (*child)(void*),
                         void* argument) const {
  if (!shares_memory()) {
    const auto id = static_cast<pid_t>(
        syscall(SYS_clone, static_cast<long>(signal_at_end),  // NOLINT
                0L, 0L, 0L, 0L));
    if (id == 0) child(argument);
    return id;
  }
  auto end = reinterpret_cast<uintptr_t>(stacks_.data()) + stacks_.size();
  end -= end % kAlignment + (is_childs ? kStack : 0);
  return clone(child, reinterpret_cast<void*>(end),
               CLONE_VM | CLONE_VFORK | signal_at_end, argument);
}

}  // namespace leaktrap::internal
