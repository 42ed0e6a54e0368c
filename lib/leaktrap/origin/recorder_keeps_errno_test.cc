// The recorder changes nothing of what a call leaves behind.

#undef _FORTIFY_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"

namespace leaktrap::internal {
namespace {

constexpr int kNoFd = 1023;

struct FailingCall {
  const char* name;
  int error;
  bool (*fails)();
};

void PrintTo(const FailingCall& call, std::ostream* out) { *out << call.name; }

const FailingCall kCalls[] = {
    {"open", ENOENT, [] { return open("/no/such", O_RDONLY) == -1; }},
    {"open64", ENOENT, [] { return open64("/no/such", O_RDONLY) == -1; }},
    {"openat", EBADF, [] { return openat(kNoFd, "such", O_RDONLY) == -1; }},
    {"creat", ENOENT, [] { return creat("/no/such", 0600) == -1; }},
    {"fopen", ENOENT, [] { return fopen("/no/such", "r") == nullptr; }},
    {"fdopen", EBADF, [] { return fdopen(kNoFd, "r") == nullptr; }},
    {"opendir", ENOENT, [] { return opendir("/no/such") == nullptr; }},
    {"fdopendir", EBADF, [] { return fdopendir(kNoFd) == nullptr; }},
    {"mkstemp", EINVAL,
     [] {
       char pattern[] = "no pattern";
       return mkstemp(pattern) == -1;
     }},
    {"shm_open", ENOENT,
     [] { return shm_open("/leaktrap-none", O_RDWR, 0) == -1; }},
    {"mq_open", EINVAL, [] { return mq_open("none", O_RDWR) == -1; }},
    {"mq_close", EBADF, [] { return mq_close(kNoFd) == -1; }},
    {"socket", EAFNOSUPPORT, [] { return socket(9999, 0, 0) == -1; }},
    {"socketpair", EAFNOSUPPORT,
     [] {
       int fds[2];
       return socketpair(9999, 0, 0, fds) == -1;
     }},
    {"accept", EBADF, [] { return accept(kNoFd, nullptr, nullptr) == -1; }},
    {"accept4", EBADF,
     [] { return accept4(kNoFd, nullptr, nullptr, 0) == -1; }},
    {"recvmsg", EBADF,
     [] {
       msghdr message = {};
       return recvmsg(kNoFd, &message, 0) == -1;
     }},
    {"recvmmsg", EBADF,
     [] {
       mmsghdr message = {};
       return recvmmsg(kNoFd, &message, 1, 0, nullptr) == -1;
     }},
    {"dup", EBADF, [] { return dup(kNoFd) == -1; }},
    {"dup2", EBADF, [] { return dup2(kNoFd, 0) == -1; }},
    {"dup3", EINVAL, [] { return dup3(0, 0, 0) == -1; }},
    {"fcntl", EBADF, [] { return fcntl(kNoFd, F_DUPFD, 0) == -1; }},
    {"fcntl_other", EBADF, [] { return fcntl(kNoFd, F_GETFD) == -1; }},
    {"pipe2", EINVAL,
     [] {
       int fds[2];
       return pipe2(fds, ~0) == -1;
     }},
    {"eventfd", EINVAL, [] { return eventfd(0, ~0) == -1; }},
    {"epoll_create", EINVAL, [] { return epoll_create(-1) == -1; }},
    {"epoll_create1", EINVAL, [] { return epoll_create1(~0) == -1; }},
    {"timerfd_create", EINVAL, [] { return timerfd_create(999, 0) == -1; }},
    {"inotify_init1", EINVAL, [] { return inotify_init1(~0) == -1; }},
    {"memfd_create", EINVAL, [] { return memfd_create("x", ~0u) == -1; }},
    {"close", EBADF, [] { return close(kNoFd) == -1; }},
    {"close_range", EINVAL, [] { return close_range(2, 1, 0) == -1; }},
    {"waitpid", ECHILD, [] { return waitpid(-1, nullptr, 0) == -1; }},
    {"wait4", ECHILD, [] { return wait4(-1, nullptr, 0, nullptr) == -1; }},
    {"waitid", ECHILD, [] { return waitid(P_ALL, 0, nullptr, WEXITED) == -1; }},
};

class Failing : public testing::TestWithParam<FailingCall> {};

TEST_P(Failing, SaysWhyWhateverIsRecorded) {
  for (const Recording recording : {Recording::kOff, Recording::kCalls,
                                    Recording::kStacks, Recording::kReleases}) {
    SetRecording(recording);
    errno = 0;
    const bool fails = GetParam().fails();
    const int error = errno;
    EXPECT_TRUE(fails);
    EXPECT_EQ(error, GetParam().error);
  }
  SetRecording(Recording::kStacks);
}

INSTANTIATE_TEST_SUITE_P(All, Failing, testing::ValuesIn(kCalls),
                         [](const testing::TestParamInfo<FailingCall>& info) {
                           return std::string(info.param.name);
                         });

// Also where the log is written, and what is closed was closed before.
TEST(Succeeding, LeavesErrnoAlone) {
  LogReleasesOfOlderThan(~uint64_t{0});
  SetRecording(Recording::kReleases);
  errno = ENOTTY;
  const int fd = eventfd(0, 0);
  const int other = dup(fd);
  EXPECT_EQ(dup2(fd, other), other);
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(close(other), 0);
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  EXPECT_EQ(close_range(fds[0], fds[1], 0), 0);
  EXPECT_EQ(errno, ENOTTY);
  EXPECT_EQ(close(fd), -1);
  EXPECT_EQ(errno, EBADF);
  SetRecording(Recording::kStacks);
  LogReleasesOfOlderThan(0);
}

TEST(RecordingMore, RecordsMore) {
  const auto record = [](Recording recording) {
    SetRecording(recording);
    const int fd = eventfd(0, 0);
    const CreationRecord made = FindDescriptor(fd).made;
    LogReleasesOfOlderThan(made.sequence);
    const uint64_t before = LoggedReleases();
    close(fd);
    LogReleasesOfOlderThan(0);
    SetRecording(Recording::kStacks);
    const auto releases = ReleasesAfter(before);
    return std::make_pair(made,
                          releases.empty() ? ReleaseRecord() : releases[0]);
  };
  EXPECT_EQ(record(Recording::kOff).first.sequence, 0u);
  const auto calls = record(Recording::kCalls);
  EXPECT_STREQ(calls.first.call, "eventfd");
  EXPECT_EQ(calls.first.stack, 0u);
  const auto stacks = record(Recording::kStacks);
  EXPECT_FALSE(StackOf(stacks.first.stack).empty());
  EXPECT_EQ(stacks.second.made.sequence, stacks.first.sequence);
  EXPECT_EQ(stacks.second.stack, 0u);
  EXPECT_NE(stacks.second.at, nullptr);
  const auto releases = record(Recording::kReleases);
  const std::vector<uintptr_t> stack = StackOf(releases.second.stack);
  ASSERT_FALSE(stack.empty());
  EXPECT_EQ(stack[0], reinterpret_cast<uintptr_t>(releases.second.at));
}

}  // namespace
}  // namespace leaktrap::internal
