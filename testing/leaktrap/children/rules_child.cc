// A program with rules of all kinds, some of them of no use.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

int cached = -1;
bool warmed_up = false;

TEST(Rules, InUse) {
  OpenNull();
  VERIFY_NO_LEAKS(
      leaktrap::Options().IgnoreThread("rules_*", "used by the scope"));
  leaktrap::children::LeakThread();
}

TEST(Rules, NotInUse) {
  for (int i = 0; i < 3; ++i) {
    VERIFY_NO_LEAKS(
        leaktrap::Options().IgnoreThread("gone-*", "of no use to the scope"));
  }
}

// What BeforeCheck lets go of.
TEST(Rules, Cached) { cached = OpenNull(); }

TEST(Rules, WarmedUp) { EXPECT_TRUE(warmed_up); }

TEST(Expect, NoLeaks) { EXPECT_NO_LEAKS(close(OpenNull())); }

TEST(Expect, Leaks) {
  leaktrap::children::Parking parking;
  std::thread thread;
  EXPECT_NO_LEAKS(thread = std::thread([&] { parking.Park(); }));
  parking.Open();
  thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  leaktrap::Options options;
  options.IgnoreDescriptor("/dev/null", "in use")
      .BeforeCheck([] {
        if (cached >= 0) close(cached);
        cached = -1;
        if (std::getenv("BEFORE_CHECK_THROWS") != nullptr) {
          throw std::runtime_error("thrown before the check");
        }
      })
      .WarmUp([] {
        leaktrap::children::LeakThread();
        warmed_up = true;
        if (std::getenv("WARM_UP_THROWS") != nullptr) {
          throw std::runtime_error("thrown while warming up");
        }
      });
  if (std::getenv("USELESS_RULE") != nullptr) {
    options.IgnoreConnection("gone", "of no use").MaxIdle("gone", 1);
  }
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(options));
  return RUN_ALL_TESTS();
}
