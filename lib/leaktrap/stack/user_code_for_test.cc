#include "leaktrap/stack/user_code_for_test.h"

#include <functional>

namespace app {
namespace {

__attribute__((noinline)) void Plain(Trace* trace) {
  APP_CALL(trace, "plain", Capture(trace));
}

inline __attribute__((always_inline)) void Inlined(Trace* trace) {
  APP_CALL(trace, "inlined", Plain(trace));
}

template <typename T>
__attribute__((noinline)) void Template(T trace) {
  APP_CALL(trace, "template", Inlined(trace));
}

}  // namespace

void Outer(Trace* trace) {
  const std::function<void()> lambda = [trace] {
    APP_CALL(trace, "lambda", Template(trace));
  };
  APP_CALL(trace, "outer", lambda());
}

}  // namespace app
