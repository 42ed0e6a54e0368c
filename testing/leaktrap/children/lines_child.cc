// Leaks whose makers have lines, or have none: it is built both ways.

#include <fcntl.h>
#include <unistd.h>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

__attribute__((noinline)) int OpenNull() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0);
  return fd;
}

TEST(Lines, Descriptor) { OpenNull(); }

TEST(Lines, DescriptorsAndThread) {
  OpenNull();
  OpenNull();
  leaktrap::children::LeakThread();
}

TEST(Lines, ClosedTwice) {
  const int fd = OpenNull();
  close(fd);
  EXPECT_EQ(close(fd), -1);
}

}  // namespace
