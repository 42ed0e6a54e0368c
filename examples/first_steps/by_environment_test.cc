// With a main of your own: register Leaktrap as an environment. Here are the
// rules that hold for the whole program, each with its reason.

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

// A thread that some library starts on first use and never ends.
void UseLogger() {
  struct Logger {
    std::mutex mutex;
    std::condition_variable never;
    std::thread thread{[this] {
      pthread_setname_np(pthread_self(), "log-flush");
      std::unique_lock<std::mutex> lock(mutex);
      never.wait(lock, [] { return false; });
    }};
  };
  static Logger* const logger = new Logger;
  (void)logger;
}

}  // namespace

TEST(Service, UsesTheLogger) { UseLogger(); }

// Fails: run it with --gtest_also_run_disabled_tests.
TEST(Service, DISABLED_LeavesAThread) {
  static auto* const logger = new std::mutex;
  logger->lock();
  std::thread([] { const std::lock_guard<std::mutex> lock(*logger); }).detach();
}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
      leaktrap::Options().IgnoreThread("log-flush*", "lives as long as main")));
  return RUN_ALL_TESTS();
}
