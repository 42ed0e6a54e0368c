// Code as users write it, which notes which of its lines are on the stack.

#ifndef LEAKTRAP_STACK_USER_CODE_FOR_TEST_H_
#define LEAKTRAP_STACK_USER_CODE_FOR_TEST_H_

#include <unwind.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace app {

struct Trace {
  // The innermost first.
  std::vector<uintptr_t> return_addresses;
  // By names of the functions that called on.
  std::map<std::string, int> lines;
};

// Makes a call, notes its line, and keeps it from being the function's last
// act, which would leave no frame.
#define APP_CALL(trace, name, call)  \
  do {                               \
    (trace)->lines[name] = __LINE__; \
    call;                            \
    asm volatile("" ::: "memory");   \
  } while (false)

// Notes the return addresses of all callers, the direct one first.
inline __attribute__((noinline)) void Capture(Trace* trace) {
  trace->return_addresses.clear();
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* data) {
        if (const uintptr_t address = _Unwind_GetIP(context)) {
          static_cast<Trace*>(data)->return_addresses.push_back(address);
        }
        return _URC_NO_REASON;
      },
      trace);
  // Its own frame.
  auto& addresses = trace->return_addresses;
  if (!addresses.empty()) addresses.erase(addresses.begin());
}

// plain <- inlined <- template <- lambda, called by std::function <- outer.
__attribute__((noinline)) void Outer(Trace* trace);

// A thread's function, in a shared library: "plugin".
extern "C" void AppRunThreadInPlugin(Trace* trace);

}  // namespace app

#endif  // LEAKTRAP_STACK_USER_CODE_FOR_TEST_H_
