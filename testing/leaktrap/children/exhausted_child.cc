// A test that uses up every descriptor of the process.

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

// Before anything is reserved.
[[maybe_unused]] const int kLimited = [] {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 64;
  return setrlimit(RLIMIT_NOFILE, &limit);
}();

TEST(Exhausted, EveryDescriptorIsLeaked) {
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
  ASSERT_EQ(errno, EMFILE);
  leaktrap::children::LeakThread();
}

TEST(Exhausted, TheNextTestIsClean) {
  ASSERT_LT(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
}

}  // namespace
