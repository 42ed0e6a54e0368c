// The leaking tests of settling_child.cc that need an io_uring. They are
// skipped where the kernel refuses to make one.

#include <fcntl.h>
#include <liburing.h>
#include <unistd.h>

#include <cstring>

#include "gtest/gtest.h"

namespace {

class RingTest : public testing::Test {
 public:
  // Before the test, which is about another descriptor.
  static void SetUpTestSuite() { made_ = io_uring_queue_init(8, &ring_, 0); }

 protected:
  void SetUp() override {
    if (made_ != 0) {
      GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made_);
    }
  }

  inline static int made_ = -1;
  inline static io_uring ring_;
};

TEST_F(RingTest, IsOpen) {
  ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
}

TEST_F(RingTest, IsOnlyMapped) {
  ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  close(ring_.ring_fd);
}

}  // namespace
