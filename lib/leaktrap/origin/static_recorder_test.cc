// In a program that is linked with -static.

#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/static_functions.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

// Of all functions that are stood in front of.
constexpr const char* kInterposed[] = {
#include "leaktrap/origin/interposed_names.inc"
};

// Which call made `fd`; closes it.
std::string MakerOf(int fd) {
  EXPECT_GE(fd, 0);
  const Origin origin = ToOrigin(FindDescriptor(fd).made);
  EXPECT_FALSE(origin.stack.empty());
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
  return origin.call;
}

std::string MakerOf(FILE* stream) {
  EXPECT_NE(stream, nullptr);
  const int fd = fileno(stream);
  const std::string call = ToOrigin(FindDescriptor(fd).made).call;
  EXPECT_EQ(fclose(stream), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
  return call;
}

TEST(StaticRecorder, RecordsInAStaticProgram) {
  EXPECT_TRUE(IsStaticProgram());
  EXPECT_EQ(WhyNotRecorded(), "");
}

TEST(StaticRecorder, HasSomethingBehindEachFunction) {
  EXPECT_GT(std::size(kInterposed), 70u);
  for (const std::string name : kInterposed) {
#if !__GLIBC_PREREQ(2, 43)
    if (name == "openat2") continue;  // the C library has none yet
#endif
    EXPECT_NE(StaticFunction(name.c_str()), nullptr) << name;
  }
  EXPECT_EQ(StaticFunction("strlen"), nullptr);
}

TEST(StaticRecorder, KnowsFiles) {
  EXPECT_EQ(MakerOf(open("/dev/null", O_RDONLY)), "open");
  EXPECT_EQ(MakerOf(openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY)), "openat");
  EXPECT_EQ(MakerOf(fopen("/dev/null", "r")), "fopen");
  EXPECT_EQ(MakerOf(tmpfile()), "tmpfile");

  char path[] = "/tmp/leaktrap_XXXXXX";
  EXPECT_EQ(MakerOf(mkstemp(path)), "mkstemp");
  EXPECT_EQ(unlink(path), 0);
  char with_suffix[] = "/tmp/leaktrap_XXXXXX.log";
  EXPECT_EQ(MakerOf(mkostemps(with_suffix, 4, O_CLOEXEC)), "mkostemps");
  EXPECT_EQ(unlink(with_suffix), 0);
  EXPECT_EQ(mkstemps(with_suffix, -1), -1);

  DIR* const directory = opendir("/");
  ASSERT_NE(directory, nullptr);
  EXPECT_NE(readdir(directory), nullptr);
  const int fd = dirfd(directory);
  EXPECT_STREQ(FindDescriptor(fd).made.call, "opendir");
  EXPECT_EQ(closedir(directory), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
}

TEST(StaticRecorder, KnowsAReopenedStream) {
  FILE* const stream = fopen("/dev/null", "r");
  ASSERT_NE(stream, nullptr);
  ASSERT_EQ(freopen("/dev/zero", "r", stream), stream);
  EXPECT_EQ(fgetc(stream), 0);
  EXPECT_EQ(MakerOf(stream), "freopen");
}

TEST(StaticRecorder, KnowsKernelObjects) {
  EXPECT_EQ(MakerOf(eventfd(1, EFD_NONBLOCK)), "eventfd");
  EXPECT_EQ(MakerOf(epoll_create(1)), "epoll_create");
  EXPECT_EQ(epoll_create(0), -1);
  EXPECT_EQ(MakerOf(epoll_create1(0)), "epoll_create1");
  EXPECT_EQ(MakerOf(timerfd_create(CLOCK_MONOTONIC, 0)), "timerfd_create");
  EXPECT_EQ(MakerOf(memfd_create("test", 0)), "memfd_create");
  sigset_t signals;
  sigemptyset(&signals);
  EXPECT_EQ(MakerOf(signalfd(-1, &signals, SFD_CLOEXEC)), "signalfd");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(MakerOf(ends[0]), "pipe");
  EXPECT_EQ(MakerOf(ends[1]), "pipe");
}

TEST(StaticRecorder, KnowsSocketsAndDuplicates) {
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr any = {};
  any.sa_family = AF_UNIX;
  ASSERT_EQ(bind(listener, &any, sizeof(any.sa_family)), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  auto* const bound = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(getsockname(listener, bound, &size), 0);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, bound, size), 0);
  EXPECT_EQ(MakerOf(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)),
            "accept4");
  ASSERT_EQ(dup2(client, listener), listener);
  EXPECT_EQ(MakerOf(listener), "dup2");
  EXPECT_EQ(MakerOf(client), "socket");
}

TEST(StaticRecorder, CancelsAThreadInAccept4) {
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr any = {};
  any.sa_family = AF_UNIX;
  ASSERT_EQ(bind(listener, &any, sizeof(any.sa_family)), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  pthread_t handle;
  ASSERT_EQ(pthread_create(
                &handle, nullptr,
                [](void* fd) -> void* {
                  accept4(*static_cast<int*>(fd), nullptr, nullptr, 0);
                  return nullptr;
                },
                &listener),
            0);
  pthread_cancel(handle);
  void* result = nullptr;
  EXPECT_EQ(pthread_join(handle, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  close(listener);
}

TEST(StaticRecorder, KnowsThreads) {
  pthread_t handle;
  ASSERT_EQ(
      pthread_create(
          &handle, nullptr, [](void*) -> void* { return nullptr; }, nullptr),
      0);
  while (FinishedThreads().empty()) std::this_thread::yield();
  EXPECT_STREQ(FinishedThreads()[0].made.call, "pthread_create");
  EXPECT_EQ(pthread_join(handle, nullptr), 0);
  std::thread([] { EXPECT_EQ(RunningThreads().size(), 1u); }).join();
  EXPECT_TRUE(FinishedThreads().empty());
}

TEST(StaticRecorder, KnowsChildren) {
  const pid_t forked = fork();
  if (forked == 0) _exit(WhyNotRecorded().empty() ? 17 : 1);
  EXPECT_STREQ(FindProcess(forked).call, "fork");
  int status = 0;
  EXPECT_EQ(waitpid(forked, &status, 0), forked);
  EXPECT_EQ(WEXITSTATUS(status), 17);
  EXPECT_EQ(FindProcess(forked).sequence, 0u);

  const pid_t bare = _Fork();
  if (bare == 0) _exit(0);
  EXPECT_STREQ(FindProcess(bare).call, "_Fork");
  EXPECT_EQ(wait(nullptr), bare);

  const pid_t vforked = vfork();
  if (vforked == 0) _exit(0);
  EXPECT_STREQ(FindProcess(vforked).call, "vfork");
  EXPECT_EQ(waitpid(vforked, nullptr, 0), vforked);

  FILE* const stream = popen("echo word", "r");
  ASSERT_NE(stream, nullptr);
  EXPECT_STREQ(FindProcess(LastChild()).call, "popen");
  EXPECT_EQ(fgetc(stream), 'w');
  EXPECT_EQ(pclose(stream), 0);
  EXPECT_EQ(system("true"), 0);
}

// Of the two, the program reads only that of the hosts.
TEST(StaticRecorder, LeavesDataBasesToTheCLibrary) {
  sethostent(1);
  hostent* const host = gethostent();
  EXPECT_TRUE(host != nullptr || h_errno != 0);
  endhostent();
  setservent(1);
}

}  // namespace
}  // namespace leaktrap::internal
