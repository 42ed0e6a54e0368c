#include "leaktrap/probe/runtime_thread.h"

#include <aio.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/task_stat.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::Eq;
using testing::Optional;

// Whether any thread is a runtime's own by this rule, as the probe says.
bool AnyIs(const char* rule, Probe& probe) {
  for (const Identity& identity : probe.List().identities) {
    if (probe.RuntimesOwn(identity) == rule) return true;
  }
  return false;
}

bool AnyIsTheCLibrarys() { return AnyIs(kCLibraryThreads, *NewThreadProbe()); }

// Waits until one is, or for too long.
bool OneBecomes(const char* rule) {
  const auto probe = NewThreadProbe();
  for (int round = 0; round < 5000; ++round) {
    if (AnyIs(rule, *probe)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// In a process with one thread beside this one (and ThreadSanitizer's): asks
// about others until one waits as `fits` wants it, or for too long.
Activity AskAboutAnother(const std::function<bool(const Activity&)>& fits) {
  const auto probe = NewThreadProbe();
  for (int round = 0; round < 5000; ++round) {
    for (const Identity& identity : probe->List().identities) {
      Activity now = ActivityOf(identity.number, /*most_looks=*/20);
      if (now.is_complete && fits(now)) return now;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "none waits like that";
  return {};
}

// A pipe, and a thread that reads from it until the object is gone.
class Reader {
 public:
  explicit Reader(void* (*function)(void*)) {
    EXPECT_EQ(pipe(ends_), 0);
    EXPECT_EQ(pthread_create(&thread_, nullptr, function, ends_), 0);
  }
  ~Reader() {
    close(ends_[1]);
    pthread_join(thread_, nullptr);
    close(ends_[0]);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Activity Now() const {
    return AskAboutAnother(
        [this](const Activity& now) { return now.descriptor == ends_[0]; });
  }

 private:
  int ends_[2];
  pthread_t thread_;
};

TEST(RuntimeThreadTest, TheProgramsOwnIsNot) {
  const Reader reader([](void* ends) -> void* {
    char byte;
    EXPECT_EQ(read(static_cast<int*>(ends)[0], &byte, 1), 0);
    return nullptr;
  });
  const Activity now = reader.Now();
  EXPECT_FALSE(StartsInCLibrary(now.stack));
  EXPECT_FALSE(StaysInCLibrary(now.stack));
  EXPECT_FALSE(AnyIsTheCLibrarys());
}

TEST(RuntimeThreadTest, AiosHelperIs) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  char byte;
  aiocb request = {};
  request.aio_fildes = ends[0];
  request.aio_buf = &byte;
  request.aio_nbytes = 1;
  ASSERT_EQ(aio_read(&request), 0);
  const Activity now = AskAboutAnother(
      [&](const Activity& now) { return now.descriptor == ends[0]; });
  EXPECT_TRUE(StartsInCLibrary(now.stack));
  EXPECT_TRUE(StaysInCLibrary(now.stack));
  EXPECT_TRUE(AnyIsTheCLibrarys());
  close(ends[1]);
  const aiocb* const list[] = {&request};
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, nullptr);
  EXPECT_EQ(aio_return(&request), 0);
  close(ends[0]);
}

TEST(RuntimeThreadTest, AWorkerOfARingIsTheKernels) {
  io_uring ring;
  const int made = io_uring_queue_init(4, &ring, 0);
  if (made != 0) GTEST_SKIP() << std::strerror(-made);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  char byte;
  io_uring_sqe* const entry = io_uring_get_sqe(&ring);
  io_uring_prep_read(entry, ends[0], &byte, 1, 0);
  entry->flags |= IOSQE_ASYNC;
  ASSERT_EQ(io_uring_submit(&ring), 1);
  EXPECT_TRUE(OneBecomes(kIoUringWorkers));
  close(ends[1]);
  io_uring_queue_exit(&ring);
  close(ends[0]);
}

// GCC's OpenMP, called as the compiler calls it. It stays, as its threads do.
template <typename Function>
Function* OfOpenMp(const char* name) {
  static void* const library = dlopen("libgomp.so.1", RTLD_NOW);
  EXPECT_NE(library, nullptr) << dlerror();
  void* const function = library == nullptr ? nullptr : dlsym(library, name);
  EXPECT_NE(function, nullptr) << name;
  return reinterpret_cast<Function*>(function);
}

TEST(RuntimeThreadTest, AWorkerOfOpenMpIsWhereItRunsNothingOfTheProgram) {
  static const auto number = OfOpenMp<int()>("omp_get_thread_num");
  const auto parallel =
      OfOpenMp<void(void (*)(void*), void*, unsigned, unsigned)>(
          "GOMP_parallel");
  ASSERT_TRUE(number != nullptr && parallel != nullptr);
  // ThreadSanitizer does not see how a team ends.
  static std::atomic<bool> has_read{false};
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  parallel(
      [](void* pipe) {
        const int* const ends = static_cast<int*>(pipe);
        char byte;
        if (number() == 1) {
          EXPECT_EQ(read(ends[0], &byte, 1), 1);
          has_read = true;
          return;
        }
        const Activity now = AskAboutAnother(
            [&](const Activity& now) { return now.descriptor == ends[0]; });
        EXPECT_THAT(StartsInParallelRuntime(now.stack), Optional(true));
        EXPECT_FALSE(StaysInParallelRuntime(now.stack));
        EXPECT_FALSE(StartsInCLibrary(now.stack));
        EXPECT_FALSE(AnyIs(kParallelRuntimes, *NewThreadProbe()));
        EXPECT_EQ(write(ends[1], "x", 1), 1);
      },
      ends, /*threads=*/2, /*flags=*/0);
  EXPECT_TRUE(has_read);
  EXPECT_TRUE(OneBecomes(kParallelRuntimes));
  close(ends[0]);
  close(ends[1]);
}

TEST(RuntimeThreadTest, AThreadOfTheProgramInOpenMpIsNot) {
  const auto c = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "getppid"));
  const auto runtime =
      reinterpret_cast<uintptr_t>(OfOpenMp<int()>("omp_get_thread_num"));
  const auto program = reinterpret_cast<uintptr_t>(&AnyIsTheCLibrarys);
  ASSERT_NE(c, 0u);
  ASSERT_NE(runtime, 0u);
  EXPECT_TRUE(IsInParallelRuntime(runtime + 1));
  EXPECT_FALSE(IsInParallelRuntime(c + 1));
  EXPECT_FALSE(IsInParallelRuntime(program + 1));
  const auto starts = [&](std::vector<uintptr_t> around) {
    std::vector<uintptr_t> stack = {c + 1, runtime + 1};
    stack.insert(stack.end(), around.begin(), around.end());
    stack.insert(stack.end(), {c + 1, c + 1});
    return StartsInParallelRuntime(stack);
  };
  EXPECT_THAT(starts({}), Optional(true));
  EXPECT_THAT(starts({program + 1}), Optional(false));
  const auto recorder = reinterpret_cast<uintptr_t>(&RunRecordedThread);
  EXPECT_THAT(starts({recorder + 1}), Optional(true));
  EXPECT_THAT(starts({program + 1, recorder + 1}), Eq(std::nullopt));
  EXPECT_THAT(StartsInParallelRuntime({c + 1, recorder + 1, c + 1, c + 1}),
              Eq(std::nullopt));
  EXPECT_THAT(StartsInParallelRuntime({recorder + 1, c + 1, c + 1}),
              Eq(std::nullopt));
  EXPECT_THAT(StartsInParallelRuntime({c + 1, c + 1}), Eq(std::nullopt));
}

// As a library does that has a worker of its own.
TEST(RuntimeThreadTest, WhatAnotherLibraryStartedIsNot) {
  const auto c = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "getppid"));
  const auto other =
      reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "_ZNSt6thread4joinEv"));
  ASSERT_NE(c, 0u);
  ASSERT_NE(other, 0u);
  EXPECT_TRUE(StartsInCLibrary({c + 1, c + 1, c + 1, c + 1}));
  EXPECT_FALSE(StartsInCLibrary({c + 1, other + 1, c + 1, c + 1}));
  EXPECT_TRUE(StaysInCLibrary({c + 1, other + 1, c + 1, c + 1}));
}

TEST(RuntimeThreadTest, NothingIsSaidOfNoStack) {
  EXPECT_FALSE(StartsInCLibrary({}));
  EXPECT_FALSE(StaysInCLibrary({}));
  EXPECT_FALSE(StartsInCLibrary({1, 2, 3, 4}));
  EXPECT_FALSE(StaysInCLibrary({1, 2, 3, 4}));
  EXPECT_THAT(StartsInParallelRuntime({}), Eq(std::nullopt));
  EXPECT_FALSE(StaysInParallelRuntime({}));
  EXPECT_THAT(StartsInParallelRuntime({1, 2, 3, 4}), Eq(std::nullopt));
  EXPECT_FALSE(StaysInParallelRuntime({1, 2, 3, 4}));
}

// As the kernel's include/linux/sched.h has them.
TEST(RuntimeThreadTest, TheKernelsWorkersAreMarked) {
  TaskStat stat;
  stat.flags = 0x00400040;  // PF_RANDOMIZE, PF_FORKNOEXEC
  EXPECT_FALSE(IsKernelsWorker(stat));
  stat.flags |= 0x10;
  EXPECT_TRUE(IsKernelsWorker(stat));
}

}  // namespace
}  // namespace leaktrap::internal
