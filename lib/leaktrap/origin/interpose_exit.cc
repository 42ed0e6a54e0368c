// The ends of a program that call no exit handlers, so that nobody else would
// be told of them.

#include <unistd.h>

#include <cstdlib>

#include "leaktrap/origin/exit_observer.h"
#include "leaktrap/origin/next_function.h"

LEAKTRAP_NEXT(_exit)
LEAKTRAP_NEXT(_Exit)

namespace leaktrap::internal {

static int ToldStatus(const char* call, int status) {
  const ExitObserver observer = exit_observer.load(std::memory_order_acquire);
  return observer == nullptr ? status : observer(call, status);
}

// Looking one up takes the loader's lock, for which a signal handler must not
// wait, nor the forked child of a thread that held it.
__attribute__((constructor)) static void FindNext() {
  next__exit.Get();
  next__Exit.Get();
}

LEAKTRAP_INTERPOSED void _exit(int status) {
  next__exit.Get()(ToldStatus("_exit", status));
  __builtin_unreachable();
}

LEAKTRAP_INTERPOSED void _Exit(int status) noexcept {
  next__Exit.Get()(ToldStatus("_Exit", status));
  __builtin_unreachable();
}

}  // namespace leaktrap::internal
