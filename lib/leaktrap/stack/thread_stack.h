// The stack of another thread, which is neither interrupted nor slowed for it.

#ifndef LEAKTRAP_STACK_THREAD_STACK_H_
#define LEAKTRAP_STACK_THREAD_STACK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {

// Why there are no addresses of a thread that runs.
inline constexpr char kRuns[] = "running";

struct ThreadStack {
  // Innermost first, as Symbolizer::Symbolize() takes them: the byte before
  // each belongs to the instruction that the frame executes. The first is in
  // the code that waits (the system call's instruction), the others are return
  // addresses.
  std::vector<uintptr_t> addresses;
  // Frames from this index on were found by guessing the frame pointer: "best
  // effort". addresses.size() if there are none.
  size_t exact = 0;
  // Whether the last frame is the thread's outermost one. Otherwise something
  // has no description (code made at run time), or the stack is very deep.
  bool is_complete = false;

  // The system call in which it waits: "futex", "epoll_wait", "recvfrom";
  // "system call 447" for an unknown one; empty if it waits in none, as for a
  // page.
  std::string syscall;
  // Its six arguments, as numbers; empty if it waits in none.
  std::vector<uint64_t> arguments;
  // The one on which it waits, for a call that is given one.
  std::optional<int> descriptor;

  // In words, why there are no addresses: "running", "has ended", "is the
  // thread that asks", "not supported on this architecture", "/proc/... cannot
  // be read: ...". Empty if there are some.
  std::string why_not;
};

// Reads all of the file into `*text`; false with errno set if it cannot.
using ReadFile = absl::FunctionRef<bool(const char* path, std::string* text)>;

// Where thread `tid` of this process, numbered as in /proc/self/task, waits
// now. A thread that runs, or runs while it is looked at, is looked at again,
// a fifth of a millisecond later, `most_looks` times in all. Of one that is
// proven to stand still meanwhile, `stands` is where; nothing is read of it.
//
// Any thread may call; what it asks about notices nothing. One that the number
// has been given to meanwhile is not told from the one before. Leaves errno as
// it is.
ThreadStack StackOfThread(int tid, ReadFile read_file, int most_looks = 20,
                          const TaskSyscall* stands = nullptr);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_THREAD_STACK_H_
