// Sockets, pipes, duplicates, and what is no file.

#undef _FORTIFY_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include "leaktrap/origin/descriptor_ways_for_test.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/system/unseen_calls.h"

// Has C++ linkage in the header of glibc 2.36.
extern "C" {
#include <sys/pidfd.h>
}

extern "C" int fcntl64(int fd, int command, ...);

namespace leaktrap::internal {
namespace {

Undo Close(int fd) {
  if (fd == -1) return nullptr;
  return [fd] { close(fd); };
}

Undo Close(const int (&fds)[2]) {
  return [first = fds[0], second = fds[1]] {
    close(first);
    close(second);
  };
}

// One that waits at a free port of loopback.
int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ||
      listen(listener, 1)) {
    return -1;
  }
  return listener;
}

// A listener with a caller in its queue.
struct Call {
  Call() {
    sockaddr_in address = {};
    socklen_t size = sizeof(address);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    EXPECT_EQ(connect(caller, reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  ~Call() {
    close(listener);
    close(caller);
  }

  const int listener = Listen();
  const int caller = socket(AF_INET, SOCK_STREAM, 0);
};

const DescriptorWay kWays[] = {
    {"socket",
     {"socket"},
     [] { return Close(socket(AF_INET, SOCK_DGRAM, 0)); }},
    {"socketpair",
     {"socketpair", "socketpair"},
     [] {
       int fds[2];
       socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
       return Close(fds);
     }},
    {"accept",
     {"accept"},
     [] {
       const Call call;
       return Close(accept(call.listener, nullptr, nullptr));
     }},
    {"accept4",
     {"accept4"},
     [] {
       const Call call;
       return Close(accept4(call.listener, nullptr, nullptr, SOCK_CLOEXEC));
     }},
    {"dup", {"dup"}, [] { return Close(dup(0)); }},
    {"dup2", {"dup2"}, [] { return Close(dup2(0, 900)); }},
    {"dup3", {"dup3"}, [] { return Close(dup3(0, 901, O_CLOEXEC)); }},
    {"fcntl", {"fcntl"}, [] { return Close(fcntl(0, F_DUPFD, 100)); }},
    {"fcntl_cloexec",
     {"fcntl"},
     [] { return Close(fcntl(0, F_DUPFD_CLOEXEC, 100)); }},
    {"fcntl64", {"fcntl"}, [] { return Close(fcntl64(0, F_DUPFD, 100)); }},
    {"pipe",
     {"pipe", "pipe"},
     [] {
       int fds[2];
       if (pipe(fds) == -1) return Undo();
       return Close(fds);
     }},
    {"pipe2",
     {"pipe2", "pipe2"},
     [] {
       int fds[2];
       if (pipe2(fds, O_CLOEXEC) == -1) return Undo();
       return Close(fds);
     }},
    {"eventfd", {"eventfd"}, [] { return Close(eventfd(0, 0)); }},
    {"epoll_create", {"epoll_create"}, [] { return Close(epoll_create(1)); }},
    {"epoll_create1",
     {"epoll_create1"},
     [] { return Close(epoll_create1(0)); }},
    {"timerfd_create",
     {"timerfd_create"},
     [] { return Close(timerfd_create(CLOCK_MONOTONIC, 0)); }},
    {"signalfd",
     {"signalfd"},
     [] {
       sigset_t signals;
       sigemptyset(&signals);
       return Close(signalfd(-1, &signals, 0));
     }},
    {"inotify_init", {"inotify_init"}, [] { return Close(inotify_init()); }},
    {"inotify_init1",
     {"inotify_init1"},
     [] { return Close(inotify_init1(0)); }},
    {"fanotify_init",
     {"fanotify_init"},
     [] { return Close(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)); },
     true},
    {"memfd_create",
     {"memfd_create"},
     [] { return Close(memfd_create("leaktrap", 0)); }},
    {"pidfd_open",
     {"pidfd_open"},
     [] { return Close(pidfd_open(getpid(), 0)); },
     true},
    {"pidfd_getfd",
     {"pidfd_getfd"},
     [] {
       const int self = pidfd_open(getpid(), 0);
       const int fd = pidfd_getfd(self, 0, 0);
       close(self);
       return Close(fd);
     },
     true},
    {"closefrom",
     {"dup2", "dup2"},
     [] {
       dup2(0, 1000);
       dup2(0, 1022);
       return Undo([] { closefrom(1000); });
     }},
    {"close_range",
     {"dup2", "dup2", "dup2"},
     [] {
       for (const int fd : {1000, 1001, 1003}) dup2(0, fd);
       return Undo([] { close_range(1000, 1010, 0); });
     }},
};

class KernelWays : public DescriptorWays {};

TEST_P(KernelWays, IsKnownUntilItIsReleased) { Try(); }

INSTANTIATE_TEST_SUITE_P(All, KernelWays, testing::ValuesIn(kWays), NameOfWay);

uint64_t SequenceOf(int fd) { return FindDescriptor(fd).made.sequence; }

TEST(Releases, CloseRangeWithFlagsClosesNothing) {
  const int fd = dup2(0, 1000);
  ASSERT_EQ(close_range(fd, fd, 4 /* CLOSE_RANGE_CLOEXEC */), 0);
  EXPECT_EQ(CallThatMade(fd), "dup2");
  EXPECT_EQ(close_range(fd, fd - 1, 0), -1) << "an empty range is an error";
  EXPECT_EQ(CallThatMade(fd), "dup2");
  close(fd);
}

// Its record stays behind, and does no harm to the next holder of the number.
TEST(Releases, OutOfSightLeaveARecordUntilTheNext) {
  const int fd = eventfd(0, 0);
  UnseenClose(fd);
  EXPECT_EQ(CallThatMade(fd), "eventfd");
  const uint64_t stale = SequenceOf(fd);
  const uint64_t before = LoggedReleases();
  const int next = open("/dev/null", O_RDONLY);
  ASSERT_EQ(next, fd);
  EXPECT_EQ(CallThatMade(next), "open");
  EXPECT_GT(SequenceOf(next), stale);
  EXPECT_EQ(FindDescriptor(next).file, SequenceOf(next));
  close(next);
  EXPECT_EQ(CallThatMade(next), "");

  ASSERT_EQ(dup2(0, fd), fd);
  UnseenClose(fd);
  int pair[2];
  ASSERT_EQ(pipe(pair), 0);
  EXPECT_EQ(pair[0], fd);
  EXPECT_EQ(CallThatMade(fd), "pipe");
  close(pair[0]);
  close(pair[1]);
  EXPECT_EQ(LoggedReleases(), before) << "nothing was closed twice";
}

TEST(Duplicates, ThatFailPutTheRecordBack) {
  const int fd = eventfd(0, 0);
  const uint64_t sequence = SequenceOf(fd);
  EXPECT_EQ(dup2(1023, fd), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(SequenceOf(fd), sequence);
  EXPECT_EQ(dup3(0, fd, O_APPEND), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(SequenceOf(fd), sequence);
  EXPECT_EQ(dup3(fd, fd, 0), -1);
  EXPECT_EQ(dup2(fd, fd), fd);
  EXPECT_EQ(SequenceOf(fd), sequence) << "onto itself it does nothing";
  close(fd);
}

TEST(Duplicates, CloseWhatWasThere) {
  const int fd = eventfd(0, 0);
  const uint64_t sequence = SequenceOf(fd);
  LogReleasesOfOlderThan(sequence);
  const uint64_t before = LoggedReleases();
  ASSERT_EQ(dup2(0, fd), fd);
  LogReleasesOfOlderThan(0);
  EXPECT_EQ(CallThatMade(fd), "dup2");
  ASSERT_EQ(LoggedReleases(), before + 1);
  EXPECT_EQ(ReleasesAfter(before)[0].made.sequence, sequence);
  close(fd);
}

TEST(SignalFd, ChangedIsStillTheSame) {
  sigset_t signals;
  sigemptyset(&signals);
  const int fd = signalfd(-1, &signals, 0);
  const uint64_t sequence = SequenceOf(fd);
  EXPECT_EQ(signalfd(fd, &signals, 0), fd);
  EXPECT_EQ(SequenceOf(fd), sequence);
  close(fd);
}

// The second of the two closes something that somebody else has made.
TEST(Releases, OfSomebodyElsesNumberTellTheMaker) {
  const int fd = eventfd(0, 0);
  close(fd);
  const int other = socket(AF_INET, SOCK_DGRAM, 0);
  ASSERT_EQ(other, fd);
  const uint64_t sequence = SequenceOf(other);
  LogReleasesOfOlderThan(sequence);
  const uint64_t before = LoggedReleases();
  close(fd);
  LogReleasesOfOlderThan(0);
  ASSERT_EQ(LoggedReleases(), before + 1);
  EXPECT_STREQ(ReleasesAfter(before)[0].made.call, "socket");
  EXPECT_EQ(ReleasesAfter(before)[0].made.sequence, sequence);

  EXPECT_EQ(close(other), -1);
  EXPECT_EQ(errno, EBADF);
  ASSERT_EQ(LoggedReleases(), before + 2);
  const ReleaseRecord twice = ReleasesAfter(before)[1];
  EXPECT_STREQ(twice.made.call, "socket");
  EXPECT_EQ(twice.first_at, ReleasesAfter(before)[0].at);
  EXPECT_NE(twice.at, twice.first_at);
}

}  // namespace
}  // namespace leaktrap::internal
