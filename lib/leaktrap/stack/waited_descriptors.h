// The descriptors on which a thread waits.

#ifndef LEAKTRAP_STACK_WAITED_DESCRIPTORS_H_
#define LEAKTRAP_STACK_WAITED_DESCRIPTORS_H_

#include <vector>

#include "leaktrap/stack/thread_stack.h"

namespace leaktrap::internal {

// Of thread `tid` of this process, numbered as in /proc/self/task: that of
// read(2), recv(2), accept(2) and the like; all that poll(2) was given; the set
// itself of epoll_wait(2), not what is in it. Empty if the thread waits on
// none, runs, or has ended. The calling thread is seen to read what tells so.
// Does not interrupt it.
std::vector<int> WaitedDescriptors(int tid, ReadFile read_file);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_WAITED_DESCRIPTORS_H_
