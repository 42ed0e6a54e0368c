// Asking where threads of the test wait.

#ifndef LEAKTRAP_STACK_BLOCKED_THREADS_FOR_TEST_H_
#define LEAKTRAP_STACK_BLOCKED_THREADS_FOR_TEST_H_

#include <fcntl.h>
#include <unistd.h>
#include <unwind.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include "leaktrap/stack/thread_stack.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {

// A call that is the last act of its function leaves no frame.
#define LEAKTRAP_NOT_LAST asm volatile("" ::: "memory")

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

inline bool ReadFileForTest(const char* path, std::string* text) {
  const UnseenFile file(UnseenOpen(path, O_RDONLY | O_CLOEXEC));
  text->clear();
  if (!file.is_open()) return false;
  char buffer[4096];
  for (;;) {
    const ssize_t size = UnseenRead(file.descriptor(), buffer, sizeof(buffer));
    if (size <= 0) return size == 0;
    text->append(buffer, size);
  }
}

// Of the calling thread, as /proc numbers it.
inline int OwnTidForTest() {
  char target[64] = {};
  if (readlink("/proc/thread-self", target, sizeof(target) - 1) < 0) return 0;
  return std::atoi(
      std::string(target).substr(std::string(target).rfind('/') + 1).c_str());
}

// Once the thread waits. Only a test's time-out ends the asking.
inline ThreadStack StackOnceBlocked(int tid) {
  for (;;) {
    ThreadStack stack = StackOfThread(tid, ReadFileForTest);
    if (stack.why_not != "running") return stack;
    std::this_thread::yield();
  }
}

// Where the function begins that the frame is in, by libgcc, not by us.
inline uintptr_t FunctionOf(uintptr_t address) {
  return reinterpret_cast<uintptr_t>(
      _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(address - 1)));
}

template <typename Result, typename... Arguments>
uintptr_t AddressOf(Result (*function)(Arguments...)) {
  return reinterpret_cast<uintptr_t>(function);
}

// How many of the stack's frames are in the function.
inline int FramesIn(const ThreadStack& stack, uintptr_t function) {
  int frames = 0;
  for (const uintptr_t address : stack.addresses) {
    frames += FunctionOf(address) == function ? 1 : 0;
  }
  return frames;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_BLOCKED_THREADS_FOR_TEST_H_
