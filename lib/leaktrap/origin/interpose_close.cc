// close(2) and its relatives. What closes streams stands with them.

#include <unistd.h>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

LEAKTRAP_NEXT(close)
LEAKTRAP_NEXT(close_range)
LEAKTRAP_NEXT(closefrom)

namespace leaktrap::internal {

// From linux/close_range.h: does not close, and what does is another table.
constexpr int kCloseRangeUnshare = 2;
constexpr int kCloseRangeCloexec = 4;

LEAKTRAP_INTERPOSED int close(int fd) {
  return ReleaseDescriptor(fd, __builtin_return_address(0),
                           [&] { return next_close.Get()(fd); });
}

LEAKTRAP_INTERPOSED int close_range(unsigned first, unsigned last,
                                    int flags) noexcept {
  if ((flags & (kCloseRangeUnshare | kCloseRangeCloexec)) == 0 &&
      first <= last) {
    ForgetRange(first, last, __builtin_return_address(0));
  }
  return next_close_range.Get()(first, last, flags);
}

LEAKTRAP_INTERPOSED void closefrom(int first) noexcept {
  ForgetRange(first < 0 ? 0 : static_cast<unsigned>(first), ~0u,
              __builtin_return_address(0));
  next_closefrom.Get()(first);
}

}  // namespace leaktrap::internal
