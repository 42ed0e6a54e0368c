// The function behind the one that stands in front of it.

#ifndef LEAKTRAP_ORIGIN_NEXT_FUNCTION_H_
#define LEAKTRAP_ORIGIN_NEXT_FUNCTION_H_

#include <dlfcn.h>

#include <atomic>
#include <cerrno>

#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/static_functions.h"

namespace leaktrap::internal {

// Ends the program in words: there is no `name` to call.
[[noreturn]] void DieForWantOf(const char* name);

// Constant-initialised: is called before any static initialiser has run.
template <typename Function>
class NextFunction {
 public:
  constexpr NextFunction(const char* name, Function* interceptor)
      : name_(name), interceptor_(interceptor) {}

  // A sanitizer's own interceptor where there is one: it stands in the same
  // place as we do, and dlsym(3) would skip it (the runtimes that are linked
  // into the executable). Else the next one that the dynamic linker knows,
  // where there is one.
  Function* Get() {
    Function* function = function_.load(std::memory_order_relaxed);
    return function != nullptr ? function : Find();
  }

 private:
  __attribute__((noinline)) Function* Find() {
    const int saved_errno = errno;
    Function* function = interceptor_;
    if (function == nullptr) {
      function = reinterpret_cast<Function*>(
          IsStaticProgram() ? StaticFunction(name_) : dlsym(RTLD_NEXT, name_));
    }
    if (function == nullptr) DieForWantOf(name_);
    function_.store(function, std::memory_order_relaxed);
    errno = saved_errno;
    return function;
  }

  const char* const name_;
  Function* const interceptor_;
  std::atomic<Function*> function_{nullptr};
};

}  // namespace leaktrap::internal

// The attributes of the C library's declarations (nonnull, warn_unused_result)
// are not part of a function's type, as g++ says at each.
#pragma GCC diagnostic ignored "-Wignored-attributes"

// Declares next_NAME, a NextFunction for the C library's function NAME.
#define LEAKTRAP_NEXT(name)                                                 \
  extern "C" __attribute__((weak)) decltype(::name) __interceptor_##name;   \
  namespace leaktrap::internal {                                            \
  static NextFunction<decltype(::name)> next_##name(#name,                  \
                                                    &__interceptor_##name); \
  }

// Of a definition that stands in front of the C library's. Not inlined, since
// the address that it returns to is where a stack begins; visible, since shared
// objects are to find it too.
#define LEAKTRAP_INTERPOSED \
  extern "C" __attribute__((noinline, used, visibility("default")))

// Where the interposed function `call` was called.
#define LEAKTRAP_CALL_SITE(call) \
  ::leaktrap::internal::CallSite { call, __builtin_return_address(0) }

#endif  // LEAKTRAP_ORIGIN_NEXT_FUNCTION_H_
