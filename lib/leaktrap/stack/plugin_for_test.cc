#include <thread>

#include "leaktrap/stack/user_code_for_test.h"

void app::AppRunThreadInPlugin(Trace* trace) {
  std::thread([trace] { APP_CALL(trace, "plugin", Capture(trace)); }).join();
}
