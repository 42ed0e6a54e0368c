// A program with a main of its own that registers Leaktrap as an environment.

#include <fcntl.h>
#include <pthread.h>

#include <cstdlib>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

TEST(Leak, Descriptor) { open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(Ignored, ThreadByName) {
  static auto* const parking = new leaktrap::children::Parking;
  std::thread([] {
    pthread_setname_np(pthread_self(), "log-flush-7");
    parking->Park();
  }).detach();
}

TEST(Clean, Empty) {}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
      leaktrap::Options().IgnoreThread("log-flush*", "lives as long as main")));
  if (std::getenv("SECOND_ENVIRONMENT") != nullptr) {
    testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
        leaktrap::Options().IgnoreDescriptor("/dev/null", "the second's")));
  }
  if (std::getenv("RULE_WITHOUT_REASON") != nullptr) {
    testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
        leaktrap::Options().IgnoreThread("worker", "")));
  }
  return RUN_ALL_TESTS();
}
