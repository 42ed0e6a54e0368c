// A recorder that is not in the executable, as the program is loaded and as it
// is linked. Not under sanitizers; see recorder.h.

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#if defined(LINKED_WITH_RECORDER)
extern "C" const char* SharedWhyNotRecorded();
extern "C" bool SharedIsRecorded(int fd);
#endif

namespace {

// All of it still works.
void MakeSomethingOfEachKind() {
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(close(fd), 0);
  FILE* stream = fopen("/dev/null", "r");
  ASSERT_NE(stream, nullptr);
  stream = freopen("/dev/zero", "r", stream);
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(fclose(stream), 0);
  int ran = 0;
  std::thread([&ran] { ran = 42; }).join();
  EXPECT_EQ(ran, 42);
  for (const bool with_vfork : {false, true}) {
    const pid_t child = with_vfork ? vfork() : fork();
    if (child == 0) _exit(17);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 17);
  }
  stream = popen("echo word", "r");
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(fgetc(stream), 'w');
  EXPECT_EQ(pclose(stream), 0);
}

#if defined(LINKED_WITH_RECORDER)

// The dynamic linker asks it before the C library: it does its work.
TEST(RecorderInSharedObject, RecordsWhenLinked) {
  EXPECT_STREQ(SharedWhyNotRecorded(), "");
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_TRUE(SharedIsRecorded(fd));
  close(fd);
  EXPECT_FALSE(SharedIsRecorded(fd));
  MakeSomethingOfEachKind();
}

#else

TEST(RecorderInSharedObject, SaysThatItDoesNotRecordWhenLoaded) {
  void* const handle =
      dlopen("lib/leaktrap/origin/recorder_in_shared_object.so", RTLD_NOW);
  ASSERT_NE(handle, nullptr) << dlerror();
  const auto why = reinterpret_cast<const char* (*)()>(
      dlsym(handle, "SharedWhyNotRecorded"));
  const auto is_recorded =
      reinterpret_cast<bool (*)(int)>(dlsym(handle, "SharedIsRecorded"));
  EXPECT_THAT(why(), testing::HasSubstr("recorder_in_shared_object.so"));
  EXPECT_THAT(why(), testing::HasSubstr("link it into the executable"));
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_FALSE(is_recorded(fd));
  close(fd);
  MakeSomethingOfEachKind();
  EXPECT_EQ(dlclose(handle), 0);
  MakeSomethingOfEachKind();
}

#endif

}  // namespace
