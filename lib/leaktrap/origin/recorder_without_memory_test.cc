// Where the recorder gets no memory for its tables, everything works on without
// records.

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorder.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

void Limit(rlim_t bytes) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_AS, &limit), 0);
  limit.rlim_cur = bytes;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0) << strerror(errno);
}

rlim_t SizeOfThisProcess() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void MakeSomethingOfEachKind(bool recorded) {
  const int fd = open("/dev/null", O_RDONLY);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(FindDescriptor(fd).made.sequence != 0, recorded);
  const int copy = dup(fd);
  EXPECT_EQ(dup2(fd, copy), copy);
  EXPECT_EQ(close(copy), 0);
  EXPECT_EQ(close(fd), 0);
  errno = 0;
  EXPECT_EQ(close(fd), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(close_range(1000, 1001, 0), 0);
  FILE* stream = fopen("/dev/null", "r");
  ASSERT_NE(stream, nullptr);
  stream = freopen("/dev/zero", "r", stream);
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(fclose(stream), 0);
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  EXPECT_EQ(close(ends[0]), 0);
  EXPECT_EQ(close(ends[1]), 0);
  int ran = 0;
  std::thread([&ran] { ran = 42; }).join();
  EXPECT_EQ(ran, 42);
  EXPECT_TRUE(RunningThreads().empty());
  EXPECT_TRUE(FinishedThreads().empty());
  for (const bool with_vfork : {false, true}) {
    const pid_t child = with_vfork ? vfork() : fork();
    if (child == 0) _exit(17);
    EXPECT_EQ(FindProcess(child).sequence != 0, recorded);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 17);
  }
}

// BUILD.bazel switches the recorder off for the start of this program, so that
// no table has been made yet.
TEST(RecorderWithoutMemory, WorksOnWithoutRecords) {
  ASSERT_EQ(WhyNotRecorded(), "it was switched off");
  // The C library keeps its stack for the next thread.
  std::thread([] {}).join();
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  constexpr rlim_t kForTheHeap = 128 << 10;  // less than any table
  Limit(SizeOfThisProcess() + kForTheHeap);
  SetRecording(Recording::kReleases);
  MakeSomethingOfEachKind(false);
  const std::string why = WhyNotRecorded();
  Limit(before.rlim_cur);
  EXPECT_THAT(why, testing::HasSubstr("no memory"));

  // As soon as there is memory, there are records.
  EXPECT_EQ(WhyNotRecorded(), "");
  MakeSomethingOfEachKind(true);
}

// A program that has too little from its start.
TEST(RecorderWithoutMemory, StartsWithoutRecords) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr rlim_t kLessThanTheTables = 60 << 20;
    Limit(kLessThanTheTables);
    char name[] = "recorder_without_memory_test";
    char filter[] = "--gtest_filter=*IsRunIn*";
    char too[] = "--gtest_also_run_disabled_tests";
    char* const arguments[] = {name, filter, too, nullptr};
    char* const environment[] = {nullptr};
    execve("/proc/self/exe", arguments, environment);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(RecorderWithoutMemory, DISABLED_IsRunInTooLittle) {
  ASSERT_EQ(GetRecording(), Recording::kStacks);
  EXPECT_THAT(WhyNotRecorded(), testing::HasSubstr("no memory"));
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, 0u);
  EXPECT_EQ(close(fd), 0);
  int ran = 0;
  std::thread([&ran] { ran = 42; }).join();
  EXPECT_EQ(ran, 42);
}

}  // namespace
}  // namespace leaktrap::internal
