#include "leaktrap/check/sanitizers.h"

#include <cstdlib>
#include <cstring>

// Asked of the running program, not of the compiler: this library may have been
// built without the sanitizer that the tests are built with.
extern "C" {
void __attribute__((weak)) __asan_init();
void __attribute__((weak)) __lsan_do_leak_check();
void __attribute__((weak)) __msan_init();
void __attribute__((weak)) __tsan_init();
}

namespace leaktrap::internal {

bool RunsUnderTsan() { return &__tsan_init != nullptr; }

bool RunsSlowly() {
  if (RunsUnderTsan() || &__asan_init != nullptr || &__msan_init != nullptr ||
      &__lsan_do_leak_check != nullptr) {
    return true;
  }
  // Valgrind preloads a part of itself, and shows it.
  const char* preload = std::getenv("LD_PRELOAD");
  return preload != nullptr && std::strstr(preload, "/vgpreload_") != nullptr;
}

}  // namespace leaktrap::internal
