// The recorder in programs that are built in one way or another; see
// BUILD.bazel.

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

// The start of the file, in memory, that `address` belongs to.
const void* FileOf(const void* address) {
  Dl_info info = {};
  dladdr(address, &info);
  return info.dli_fbase;
}

bool IsInExecutable(uintptr_t address) {
  return FileOf(reinterpret_cast<const void*>(address)) ==
         FileOf(reinterpret_cast<const void*>(&FileOf));
}

// Which call made `fd`, from this executable; closes it.
std::string MakerOf(int fd) {
  EXPECT_GE(fd, 0);
  const Origin origin = ToOrigin(FindDescriptor(fd).made);
  EXPECT_FALSE(origin.stack.empty());
  EXPECT_TRUE(!origin.stack.empty() && IsInExecutable(origin.stack[0]));
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
  return origin.call;
}

// The compiler does not know it, so that _FORTIFY_SOURCE checks at run time.
int Unknown(int flags) {
  volatile int unknown = flags;
  return unknown;
}

TEST(BuildVariant, HasTheRecorderInTheExecutable) {
  for (const char* name : {"open", "close", "pthread_create", "vfork"}) {
    const void* const found = dlsym(RTLD_DEFAULT, name);
    EXPECT_TRUE(IsInExecutable(reinterpret_cast<uintptr_t>(found))) << name;
  }
  EXPECT_TRUE(RecorderIsLinked());
  EXPECT_EQ(WhyNotRecorded(), "");
}

TEST(BuildVariant, KnowsFiles) {
  EXPECT_EQ(MakerOf(open("/dev/null", O_RDONLY)), "open");
  EXPECT_EQ(MakerOf(open("/dev/null", Unknown(O_RDONLY))), "open");
  EXPECT_EQ(MakerOf(openat(AT_FDCWD, "/dev/null", Unknown(O_RDONLY))),
            "openat");
  FILE* stream = fopen("/dev/null", "r");
  ASSERT_NE(stream, nullptr);
  EXPECT_STREQ(FindDescriptor(fileno(stream)).made.call, "fopen");
  stream = freopen("/dev/zero", "r", stream);
  ASSERT_NE(stream, nullptr);
  const int fd = fileno(stream);
  EXPECT_STREQ(FindDescriptor(fd).made.call, "freopen");
  EXPECT_EQ(fclose(stream), 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
}

TEST(BuildVariant, KnowsSockets) {
  EXPECT_EQ(MakerOf(socket(AF_UNIX, SOCK_STREAM, 0)), "socket");
}

TEST(BuildVariant, KnowsThreads) {
  pthread_t handle;
  ASSERT_EQ(
      pthread_create(
          &handle, nullptr, [](void*) -> void* { return nullptr; }, nullptr),
      0);
  while (FinishedThreads().empty()) usleep(100);
  EXPECT_STREQ(FinishedThreads()[0].made.call, "pthread_create");
  EXPECT_EQ(pthread_join(handle, nullptr), 0);
  EXPECT_TRUE(FinishedThreads().empty());
}

TEST(BuildVariant, KnowsChildren) {
  FILE* const stream = popen("echo word", "r");
  ASSERT_NE(stream, nullptr);
  const pid_t child = LastChild();
  EXPECT_STREQ(FindProcess(child).call, "popen");
  EXPECT_STREQ(FindDescriptor(fileno(stream)).made.call, "popen");
  EXPECT_EQ(fgetc(stream), 'w');
  EXPECT_EQ(pclose(stream), 0);
}

}  // namespace
}  // namespace leaktrap::internal
