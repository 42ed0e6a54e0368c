#include "leaktrap/origin/recorder.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

using testing::SizeIs;

__attribute__((noinline)) int OpenNull() {
  const int fd = open("/dev/null", O_RDONLY);
  asm("");
  return fd;
}

// A sanitizer's vfork cannot be stood in front of.
bool HasOwnVfork() {
  return dlsym(RTLD_DEFAULT, "__interceptor_vfork") != nullptr;
}

TEST(Recorder, IsInTheExecutableAndRecords) {
  EXPECT_TRUE(RecorderIsLinked());
  EXPECT_EQ(WhyNotRecorded(), "");
}

TEST(Recorder, KnowsTheMakerOfADescriptor) {
  const int fd = OpenNull();
  const Origin origin = ToOrigin(FindDescriptor(fd).made);
  EXPECT_NE(origin.sequence, 0u);
  EXPECT_EQ(origin.call, "open");
  EXPECT_EQ(origin.tid, CurrentTid());
  ASSERT_FALSE(origin.stack.empty());
  const auto begin = reinterpret_cast<uintptr_t>(&OpenNull);
  EXPECT_GT(origin.stack[0], begin);
  EXPECT_LT(origin.stack[0], begin + 1024);
  close(fd);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
}

TEST(Recorder, ADuplicateRefersToTheSameFile) {
  const int fd = OpenNull();
  const int saved = dup(fd);
  EXPECT_EQ(FindDescriptor(saved).file, FindDescriptor(fd).file);
  const int other = eventfd(0, 0);
  EXPECT_NE(FindDescriptor(other).file, FindDescriptor(fd).file);
  ASSERT_EQ(dup2(other, fd), fd);
  EXPECT_EQ(FindDescriptor(other).file, FindDescriptor(fd).file);
  ASSERT_EQ(dup2(saved, fd), fd);
  EXPECT_EQ(FindDescriptor(saved).file, FindDescriptor(fd).file);
  close(fd);
  close(saved);
  close(other);
}

TEST(Recorder, SeesWhatOtherLibrariesOpen) {
  std::ifstream file("/dev/null");
  bool found = false;
  for (int fd = 0; fd < 64; ++fd) {
    const DescriptorRecord record = FindDescriptor(fd);
    found = found || (record.made.call != nullptr &&
                      std::string(record.made.call) == "fopen");
    found = found || (record.made.call != nullptr &&
                      std::string(record.made.call) == "open");
  }
  EXPECT_TRUE(found);
}

TEST(Recorder, KnowsThreadsThatFinishedAndWereNotJoined) {
  pthread_t handle;
  ASSERT_EQ(
      pthread_create(
          &handle, nullptr, [](void*) -> void* { return nullptr; }, nullptr),
      0);
  while (FinishedThreads().empty()) std::this_thread::yield();
  EXPECT_THAT(FinishedThreads(), SizeIs(1));
  EXPECT_STREQ(FinishedThreads()[0].made.call, "pthread_create");
  pthread_join(handle, nullptr);
  EXPECT_TRUE(FinishedThreads().empty());
}

TEST(Recorder, ForgetsThreadsOfEveryKind) {
  std::thread([] {}).join();
  std::thread([] {}).detach();
  while (!RunningThreads().empty()) std::this_thread::yield();
  EXPECT_TRUE(FinishedThreads().empty());
}

TEST(Recorder, KnowsC11Threads) {
  if (kUnderTsan) {
    GTEST_SKIP() << "ThreadSanitizer knows no C11 threads: they crash in it";
  }
  int value = 42;
  thrd_t handle;
  ASSERT_EQ(thrd_create(
                &handle, [](void* value) { return *static_cast<int*>(value); },
                &value),
            thrd_success);
  while (FinishedThreads().empty()) std::this_thread::yield();
  EXPECT_STREQ(FinishedThreads()[0].made.call, "thrd_create");
  int result = 0;
  thrd_join(handle, &result);
  EXPECT_EQ(result, 42);
  EXPECT_TRUE(FinishedThreads().empty());
}

TEST(Recorder, KnowsChildren) {
  const pid_t forked = fork();
  if (forked == 0) _exit(FindDescriptor(0).made.sequence == 0);
  EXPECT_STREQ(FindProcess(forked).call, "fork");
  int status = 0;
  waitpid(forked, &status, 0);
  EXPECT_EQ(FindProcess(forked).sequence, 0u);

  const pid_t vforked = vfork();
  if (vforked == 0) {
    close(1);
    _exit(0);
  }
  if (HasOwnVfork()) {
    EXPECT_EQ(FindProcess(vforked).sequence, 0u);
  } else {
    EXPECT_STREQ(FindProcess(vforked).call, "vfork");
  }
  EXPECT_NE(FindDescriptor(1).made.sequence, 0u);
  waitpid(vforked, nullptr, 0);
  FILE* const stream = popen("true", "r");
  EXPECT_STREQ(FindProcess(LastChild()).call, "popen");
  EXPECT_STREQ(FindDescriptor(fileno(stream)).made.call, "popen");
  pclose(stream);
}

}  // namespace
}  // namespace leaktrap::internal
