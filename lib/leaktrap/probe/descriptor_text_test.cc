#include "leaktrap/probe/descriptor_text.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptors_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

DescriptorText TextOf(int fd) {
  struct stat status;
  EXPECT_EQ(fstat(fd, &status), 0);
  const DescriptorText text = TextOfDescriptor(fd, status);
  EXPECT_THAT(text.release, StartsWith("close it ("));
  return text;
}

void ExpectSort(int fd, const std::string& name, const std::string& likeness) {
  const ScopedFd owned(fd);
  const DescriptorText text = TextOf(fd);
  EXPECT_EQ(text.name, name);
  EXPECT_EQ(text.description, name);
  EXPECT_EQ(text.likeness, likeness);
}

TEST(DescriptorTextTest, KernelObjects) {
  ExpectSort(eventfd(0, EFD_CLOEXEC), "eventfd", "eventfds");
  ExpectSort(epoll_create1(EPOLL_CLOEXEC), "epoll", "epoll descriptors");
  ExpectSort(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd",
             "timerfds");
  ExpectSort(inotify_init1(IN_CLOEXEC), "inotify", "inotify descriptors");
  sigset_t none;
  sigemptyset(&none);
  ExpectSort(signalfd(-1, &none, SFD_CLOEXEC), "signalfd", "signalfds");
  ExpectSort(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)), "pidfd",
             "pidfds");
}

TEST(DescriptorTextTest, IoUring) {
  io_uring_params params = {};
  const int fd = static_cast<int>(syscall(SYS_io_uring_setup, 4, &params));
  if (fd < 0) GTEST_SKIP() << "io_uring may not be used here";
  ExpectSort(fd, "io_uring", "io_uring rings");
}

TEST(DescriptorTextTest, Memfd) {
  ExpectSort(memfd_create("cache", MFD_CLOEXEC), "memfd \"cache\"",
             "memfds named \"cache\"");
  ExpectSort(memfd_create("a\n (deleted)", MFD_CLOEXEC),
             "memfd \"a\\n (deleted)\"", "memfds named \"a\\n (deleted)\"");
}

TEST(DescriptorTextTest, BothEndsOfAPipe) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const ScopedFd read_end(ends[0]), write_end(ends[1]);
  const DescriptorText reads = TextOf(ends[0]);
  const DescriptorText writes = TextOf(ends[1]);
  EXPECT_EQ(reads.name, "read end of a pipe");
  EXPECT_EQ(reads.likeness, "read ends of pipes");
  EXPECT_EQ(writes.name, "write end of a pipe");
  EXPECT_EQ(writes.likeness, "write ends of pipes");
  ASSERT_THAT(reads.description, StartsWith("read end of a pipe, pipe:["));
  EXPECT_EQ(reads.description.substr(reads.description.find(',')),
            writes.description.substr(writes.description.find(',')))
      << "the same pipe";

  const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
  const ScopedFd both(open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(TextOf(both.get()).name, "both ends of a pipe");
}

TEST(DescriptorTextTest, Namespace) {
  const ScopedFd fd(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(TextOf(fd.get()).name, "uts namespace");
}

TEST(DescriptorTextTest, MessageQueue) {
  const std::string name = "/leaktrap_" + std::to_string(getpid());
  const mqd_t queue =
      mq_open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600, nullptr);
  if (queue < 0) GTEST_SKIP() << "message queues may not be used here";
  const ScopedFd fd(queue);
  const DescriptorText text = TextOf(queue);
  EXPECT_EQ(text.name, name);
  EXPECT_EQ(text.description,
            "message queue " + name + ", open for reading and writing");
  EXPECT_THAT(text.release, HasSubstr("mq_close(3)"));
  mq_unlink(name.c_str());
}

// Folders deep enough for a path that the kernel does not spell out.
TEST(DescriptorTextTest, APathTooLongIsSaid) {
  ScopedFolder folder;
  const std::string name(250, 'd');
  std::vector<ScopedFd> nested;
  nested.emplace_back(open(folder.path().c_str(), O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 20; ++i) {
    const int outer = nested.back().get();
    ASSERT_EQ(mkdirat(outer, name.c_str(), 0700), 0);
    nested.emplace_back(openat(outer, name.c_str(), O_DIRECTORY | O_CLOEXEC));
  }
  const DescriptorText text = TextOf(nested.back().get());
  while (nested.size() > 1) {
    nested.pop_back();
    EXPECT_EQ(unlinkat(nested.back().get(), name.c_str(), AT_REMOVEDIR), 0);
  }
  EXPECT_EQ(text.name,
            "descriptor whose name cannot be read (File name too long)");
  EXPECT_THAT(text.description, HasSubstr(", inode "));
}

}  // namespace
}  // namespace leaktrap::internal
