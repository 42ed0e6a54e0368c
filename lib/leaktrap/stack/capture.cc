#include "leaktrap/stack/capture.h"

#include <unwind.h>

#include <cstdint>

namespace leaktrap::internal {
namespace {

// A stack's own frames, and those of the wrappers around a creating call.
constexpr int kMostSkipped = 16;

struct Walk {
  uintptr_t first;
  uintptr_t* addresses;
  int max;
  int count;
  int skipped;
  bool begun;
};

_Unwind_Reason_Code Step(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  const uintptr_t address = _Unwind_GetIP(context);
  if (address == 0) return _URC_END_OF_STACK;  // libgcc ends a walk with it
  if (!walk.begun && address == walk.first) {
    walk.begun = true;
    walk.count = 0;
  }
  // What stands before `first` is kept until `first` has been found, if ever.
  if (!walk.begun && ++walk.skipped > kMostSkipped) walk.begun = true;
  if (walk.count < walk.max) walk.addresses[walk.count++] = address;
  return walk.begun && walk.count == walk.max ? _URC_END_OF_STACK
                                              : _URC_NO_REASON;
}

}  // namespace

__attribute__((noinline)) int CaptureStack(const void* first,
                                           uintptr_t* addresses, int max) {
  if (first == nullptr) first = __builtin_return_address(0);
  Walk walk = {reinterpret_cast<uintptr_t>(first), addresses, max, 0, 0, false};
  _Unwind_Backtrace(Step, &walk);
  return walk.count;
}

}  // namespace leaktrap::internal
