#include "leaktrap/pool/open_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(OpenDescriptorTest, IsNotAnotherAtItsNumber) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const std::optional<OpenDescriptor> found = FindOpenDescriptor(fd);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->number, fd);
  EXPECT_TRUE(IsStillOpen(*found));
  const int other = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(dup3(other, fd, O_CLOEXEC), fd);
  close(other);
  EXPECT_FALSE(IsStillOpen(*found));
  EXPECT_EQ(OpenDescriptors({fd, other}).size(), 1u);
  close(fd);
}

TEST(OpenDescriptorTest, IsNotFoundWhereNothingIsOpenAndErrnoIsKept) {
  errno = EAGAIN;
  EXPECT_FALSE(FindOpenDescriptor(1 << 20).has_value());
  EXPECT_FALSE(FindOpenDescriptor(-1).has_value());
  EXPECT_EQ(errno, EAGAIN);
}

// ThreadSanitizer tells of a race where this is seen as a use of the
// descriptor, as when one thread asks what is idle and another reconnects.
TEST(OpenDescriptorTest, IsLookedForWhileAnotherThreadOpensAndClosesIt) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const OpenDescriptor found = *FindOpenDescriptor(fd);
  std::atomic<bool> stop{false};
  std::atomic<int> looks{0};
  std::thread looking([&] {
    while (!stop) {
      IsStillOpen(found);
      ++looks;
    }
  });
  for (int i = 0; i < 1000 || looks.load(std::memory_order_relaxed) < 1000;
       ++i) {
    close(fd);
    const int again = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (again != fd) {
      dup3(again, fd, O_CLOEXEC);
      close(again);
    }
  }
  stop = true;
  looking.join();
  EXPECT_TRUE(IsStillOpen(found));
  close(fd);
}

}  // namespace
}  // namespace leaktrap::internal
