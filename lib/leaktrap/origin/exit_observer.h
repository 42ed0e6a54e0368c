// Who else is told when the program ends without exit handlers.

#ifndef LEAKTRAP_ORIGIN_EXIT_OBSERVER_H_
#define LEAKTRAP_ORIGIN_EXIT_OBSERVER_H_

#include <atomic>

namespace leaktrap::internal {

// Called by the thread that calls `call`, a literal ("_exit"), with `status`;
// what it returns becomes the status. May be called in a signal handler, in a
// forked child, and in that of vfork(2), which has its parent's memory.
using ExitObserver = int (*)(const char* call, int status);

// Null if nobody is told. Set by whoever wants to be; there is one.
inline std::atomic<ExitObserver> exit_observer{nullptr};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_EXIT_OBSERVER_H_
