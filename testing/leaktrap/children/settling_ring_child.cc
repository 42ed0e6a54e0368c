// Leaking tests that need an io_uring, of settling_child.cc's sort and of
// runtime_threads_child.cc's. They are skipped where the kernel refuses to make
// one.

#include <fcntl.h>
#include <liburing.h>
#include <sys/stat.h>
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

// One worker polls the ring, another waits in a read from a pipe.
TEST(WorkersTest, OfARingThatStays) {
  static io_uring ring;
  const int made = io_uring_queue_init(8, &ring, IORING_SETUP_SQPOLL);
  if (made != 0) GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  static char byte;
  io_uring_sqe* const entry = io_uring_get_sqe(&ring);
  ASSERT_NE(entry, nullptr);
  io_uring_prep_read(entry, ends[0], &byte, 1, 0);
  entry->flags |= IOSQE_ASYNC;
  ASSERT_EQ(io_uring_submit(&ring), 1);
  struct stat tasks;
  do {
    ASSERT_EQ(stat("/proc/self/task", &tasks), 0);
    usleep(1000);
  } while (tasks.st_nlink < 2 + 3);
}

}  // namespace
