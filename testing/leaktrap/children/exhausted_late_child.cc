// A test that lowers the limit of descriptors, uses up what it allows, and puts
// nothing back.

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>

#include "children/parking.h"
#include "gtest/gtest.h"

namespace {

rlim_t SoftLimit() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

TEST(ExhaustedLate, TheLimitIsLoweredAndUsedUp) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = 64;
  if (std::getenv("FOR_GOOD") != nullptr) limit.rlim_max = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
  ASSERT_EQ(errno, EMFILE);
  leaktrap::children::LeakThread();
}

// In the next test it is as that one left it.
TEST(ExhaustedLate, TheNextTestIsClean) {
  EXPECT_EQ(SoftLimit(), 64);
  EXPECT_LT(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
}

}  // namespace
