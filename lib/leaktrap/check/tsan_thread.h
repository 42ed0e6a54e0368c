// ThreadSanitizer's own thread, which is nobody's leak.

#ifndef LEAKTRAP_CHECK_TSAN_THREAD_H_
#define LEAKTRAP_CHECK_TSAN_THREAD_H_

#include <set>

namespace leaktrap::internal {

// ThreadSanitizer starts a thread of its own when the program creates its first
// one, under the program's name: the first test with threads would be blamed
// for it. So under ThreadSanitizer, and only there, this creates a thread,
// joins it, and returns the ids of the tasks that came to be and stayed. Empty
// elsewhere, and when the program has created a thread before: then nothing
// tells the runtime's thread from the program's, and it counts as a user's.
std::set<int> WakeTsanThread();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_TSAN_THREAD_H_
