// A test that fails: it leaves a descriptor behind.

#include <fcntl.h>

#include "gtest/gtest.h"

namespace app {
namespace {

TEST(Leaking, Descriptor) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);  // LEAK: Descriptor
  EXPECT_GE(fd, 0);
}

}  // namespace
}  // namespace app
