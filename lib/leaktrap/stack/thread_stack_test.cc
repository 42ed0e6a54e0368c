#include "leaktrap/stack/thread_stack.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/left_behind_for_test.h"
#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A thread that waits until it is let go.
class Waiting {
 public:
  explicit Waiting(void (*wait)(sem_t*) = Wait) {
    sem_init(&go_on_, 0, 0);
    thread_ = std::thread([this, wait] {
      tid_ = OwnTidForTest();
      wait(&go_on_);
    });
    while (tid_ == 0) std::this_thread::yield();
  }
  ~Waiting() {
    if (thread_.joinable()) End();
  }

  __attribute__((noinline)) static void Wait(sem_t* semaphore) {
    while (sem_wait(semaphore) != 0) {
    }
    LEAKTRAP_NOT_LAST;
  }

  void End() {
    sem_post(&go_on_);
    thread_.join();
  }
  int tid() const { return tid_; }
  pthread_t handle() { return thread_.native_handle(); }

  // Once it waits in `wait`.
  ThreadStack Stack(uintptr_t wait) const {
    for (;;) {
      ThreadStack stack = StackOnceBlocked(tid_);
      if (FramesIn(stack, wait) > 0) return stack;
      std::this_thread::yield();
    }
  }

 private:
  sem_t go_on_;
  std::atomic<int> tid_{0};
  std::thread thread_;
};

class ThreadStackTest : public LeavesNothingTest {};

TEST_F(ThreadStackTest, SaysWhereAThreadWaitsAndForWhat) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::atomic<int> tid{0};
  std::thread thread([&] {
    tid = OwnTidForTest();
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), 0);
  });
  ThreadStack stack;
  while (stack.syscall != "read") {
    std::this_thread::yield();
    if (tid != 0) stack = StackOnceBlocked(tid);
  }
  EXPECT_TRUE(stack.is_complete);
  ASSERT_EQ(stack.arguments.size(), 6);
  EXPECT_EQ(stack.arguments[0], ends[0]);
  EXPECT_EQ(stack.arguments[2], 1);
  EXPECT_EQ(stack.descriptor, ends[0]);
  close(ends[1]);
  thread.join();
  close(ends[0]);
}

// The byte before the first address is the system call's own last one.
TEST_F(ThreadStackTest, TheFirstAddressIsAfterTheSystemCall) {
  const Waiting waiting;
  const ThreadStack stack = waiting.Stack(AddressOf(Waiting::Wait));
  const auto* const code =
      reinterpret_cast<const unsigned char*>(stack.addresses.front());
  EXPECT_EQ(code[-2], 0x0f);
  EXPECT_EQ(code[-1], 0x05);
}

TEST_F(ThreadStackTest, EndedThread) {
  Waiting waiting;
  const int tid = waiting.tid();
  waiting.End();
  // A joined thread is listed for a while.
  ThreadStack stack = StackOnceBlocked(tid);
  while (stack.why_not != "has ended") {
    ASSERT_NE(stack.addresses.empty(), stack.why_not.empty());
    std::this_thread::yield();
    stack = StackOnceBlocked(tid);
  }
  EXPECT_TRUE(stack.addresses.empty());
  EXPECT_EQ(stack.exact, 0);
}

TEST_F(ThreadStackTest, NoSuchThread) {
  for (const int tid : {0, -1, 1 << 30}) {
    EXPECT_EQ(StackOfThread(tid, ReadFileForTest).why_not, "has ended");
  }
}

TEST_F(ThreadStackTest, RunningThread) {
  std::atomic<int> tid{0};
  std::atomic<bool> over{false};
  std::thread thread([&] {
    tid = OwnTidForTest();
    while (!over) {
    }
  });
  while (tid == 0) std::this_thread::yield();
  // It may be seen before it comes to the loop.
  ThreadStack stack;
  do {
    stack = StackOfThread(tid, ReadFileForTest, 3);
  } while (stack.why_not.empty());
  over = true;
  thread.join();
  EXPECT_EQ(stack.why_not, "running");
  EXPECT_TRUE(stack.addresses.empty());
  EXPECT_EQ(stack.syscall, "");
}

TEST_F(ThreadStackTest, TheThreadThatAsks) {
  const ThreadStack stack = StackOfThread(OwnTidForTest(), ReadFileForTest);
  EXPECT_EQ(stack.why_not, "is the thread that asks");
  EXPECT_TRUE(stack.addresses.empty());
}

TEST_F(ThreadStackTest, TheMainThread) {
  ThreadStack stack;
  const int main = OwnTidForTest();
  std::thread([&] {
    while (stack.syscall != "futex") {
      stack = StackOnceBlocked(main);
      std::this_thread::yield();
    }
  }).join();
  EXPECT_TRUE(stack.is_complete);
  EXPECT_GT(stack.addresses.size(), 8);
}

TEST_F(ThreadStackTest, SaysWhichFileItCannotRead) {
  const Waiting waiting;
  waiting.Stack(AddressOf(Waiting::Wait));
  const auto refuse = [](const char* path, std::string* text) {
    if (strstr(path, "schedstat") == nullptr &&
        strstr(path, "status") == nullptr) {
      return ReadFileForTest(path, text);
    }
    errno = EACCES;
    return false;
  };
  errno = 77;
  ThreadStack stack = StackOfThread(waiting.tid(), refuse);
  EXPECT_EQ(errno, 77);
  EXPECT_THAT(stack.why_not,
              AllOf(StartsWith("/proc/self/task/"),
                    HasSubstr("/status cannot be read: Permission denied")));
  EXPECT_TRUE(stack.addresses.empty());

  const NoDescriptorLeft none;
  stack = StackOfThread(waiting.tid(), ReadFileForTest);
  EXPECT_THAT(stack.why_not,
              HasSubstr("/status cannot be read: Too many open files"));
}

TEST_F(ThreadStackTest, SaysThatItDoesNotUnderstand) {
  const Waiting waiting;
  const auto garble = [](const char* path, std::string* text) {
    *text = "flying\n";
    return strstr(path, "status") == nullptr;
  };
  EXPECT_THAT(StackOfThread(waiting.tid(), garble).why_not,
              HasSubstr("/syscall is of an unknown form"));
}

// Some kernels do not count there how often a thread runs.
TEST_F(ThreadStackTest, DoesWithoutSchedstat) {
  const Waiting waiting;
  waiting.Stack(AddressOf(Waiting::Wait));
  for (const bool has_file : {true, false}) {
    const auto no_counts = [&](const char* path, std::string* text) {
      if (strstr(path, "schedstat") == nullptr) {
        return ReadFileForTest(path, text);
      }
      *text = "0 0 0\n";
      errno = ENOENT;
      return has_file;
    };
    const ThreadStack stack = StackOfThread(waiting.tid(), no_counts);
    EXPECT_EQ(stack.why_not, "");
    EXPECT_TRUE(stack.is_complete);
  }
}

TEST_F(ThreadStackTest, ReadsNothingOfOneThatStandsStill) {
  const Waiting waiting;
  const ThreadStack read = waiting.Stack(AddressOf(Waiting::Wait));
  std::string text;
  ASSERT_TRUE(ReadFileForTest(
      ("/proc/self/task/" + std::to_string(waiting.tid()) + "/syscall").c_str(),
      &text));
  const std::optional<TaskSyscall> place = ParseTaskSyscall(text);
  ASSERT_TRUE(place.has_value());
  const auto refuse = [](const char*, std::string*) { return false; };
  const ThreadStack told = StackOfThread(waiting.tid(), refuse, 1, &*place);
  EXPECT_EQ(told.why_not, "");
  EXPECT_TRUE(told.is_complete);
  EXPECT_EQ(told.addresses, read.addresses);
  EXPECT_EQ(told.syscall, read.syscall);
}

// Whatever stands where the kernel says that it stands.
TEST_F(ThreadStackTest, WrongPlacesAreHarmless) {
  const Waiting waiting;
  const ThreadStack right = waiting.Stack(AddressOf(Waiting::Wait));
  std::mt19937_64 random(6);
  char room[64] = {};
  const uint64_t stacks[] = {8, reinterpret_cast<uint64_t>(room),
                             UINT64_MAX - 8, uint64_t{1} << 47,
                             right.addresses.back()};
  const uint64_t codes[] = {0,
                            1,
                            right.addresses[0],
                            right.addresses[1],
                            reinterpret_cast<uint64_t>(room),
                            UINT64_MAX};
  for (int i = 0; i < 300; ++i) {
    char text[256];
    snprintf(text, sizeof(text), "202 0x1 0x2 0x3 0x4 0x5 0x6 0x%lx 0x%lx\n",
             stacks[random() % 5] + random() % 3,
             codes[random() % 6] + random() % 5);
    const auto read = [&](const char* path, std::string* into) {
      if (strstr(path, "syscall") == nullptr) {
        return ReadFileForTest(path, into);
      }
      *into = text;
      return true;
    };
    const ThreadStack stack = StackOfThread(waiting.tid(), read);
    EXPECT_NE(stack.addresses.empty(), stack.why_not.empty()) << text;
  }
}

sem_t* in_handler = nullptr;

__attribute__((noinline)) void WaitInHandler(int) {
  while (sem_wait(in_handler) != 0) {
  }
  LEAKTRAP_NOT_LAST;
}

__attribute__((noinline)) void WaitInterrupted(sem_t* semaphore) {
  struct sigaction action = {};
  action.sa_handler = WaitInHandler;
  sigaction(SIGUSR1, &action, nullptr);
  in_handler = semaphore;
  raise(SIGUSR1);
  LEAKTRAP_NOT_LAST;
}

TEST_F(ThreadStackTest, ThroughASignalsHandler) {
  // ThreadSanitizer calls handlers later, from elsewhere.
  const Waiting waiting(WaitInterrupted);
  const ThreadStack stack = waiting.Stack(AddressOf(WaitInHandler));
  EXPECT_TRUE(stack.is_complete);
  EXPECT_EQ(FramesIn(stack, AddressOf(WaitInterrupted)), 1);
}

__attribute__((noinline)) void WaitDeep(sem_t* semaphore) {
  volatile char large[1 << 20];
  large[0] = large[sizeof(large) - 1] = 1;
  Waiting::Wait(semaphore);
  (void)large[0];
}

TEST_F(ThreadStackTest, BelowLargeFrames) {
  const Waiting waiting(WaitDeep);
  const ThreadStack stack = waiting.Stack(AddressOf(Waiting::Wait));
  EXPECT_TRUE(stack.is_complete);
  EXPECT_EQ(FramesIn(stack, AddressOf(WaitDeep)), 1);
}

__attribute__((noinline)) int Recurse(sem_t* semaphore, int depth) {
  int result = depth;
  if (depth == 0) {
    Waiting::Wait(semaphore);
  } else {
    result += Recurse(semaphore, depth - 1);
  }
  LEAKTRAP_NOT_LAST;
  return result;
}

TEST_F(ThreadStackTest, BelowManyFrames) {
  const Waiting waiting([](sem_t* semaphore) { Recurse(semaphore, 300); });
  const ThreadStack stack = waiting.Stack(AddressOf(Waiting::Wait));
  EXPECT_TRUE(stack.is_complete);
  EXPECT_EQ(FramesIn(stack, AddressOf(Recurse)), 301);

  // Past the limit the innermost remain.
  const Waiting too_deep([](sem_t* semaphore) { Recurse(semaphore, 3000); });
  const ThreadStack innermost = too_deep.Stack(AddressOf(Waiting::Wait));
  EXPECT_FALSE(innermost.is_complete);
  EXPECT_EQ(innermost.why_not, "");
  EXPECT_LE(innermost.addresses.size(), 1000);
  EXPECT_EQ(innermost.exact, innermost.addresses.size());
}

// The C library's read() saves no frame pointer.
__attribute__((noinline)) void WaitForByte(int descriptor) {
  char byte;
  (void)!read(descriptor, &byte, 1);
  LEAKTRAP_NOT_LAST;
}

// A mapping next to the stack, with no gap between, whose words would lead
// astray: the thread's stack ends where the C library's own data begins.
TEST_F(ThreadStackTest, DoesNotLookBeyondTheStack) {
  // ThreadSanitizer takes some of it.
  constexpr size_t kSize = 4 << 20;
  char* const room =
      static_cast<char*>(mmap(nullptr, 2 * kSize, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(room, MAP_FAILED);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstack(&attributes, room, kSize), 0);
  struct Shared {
    int ends[2];
    std::atomic<int> tid{0};
  } shared;
  ASSERT_EQ(pipe(shared.ends), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* data) -> void* {
                  auto* const shared = static_cast<Shared*>(data);
                  shared->tid = OwnTidForTest();
                  WaitForByte(shared->ends[0]);
                  return nullptr;
                },
                &shared),
            0);
  pthread_attr_destroy(&attributes);
  while (shared.tid == 0) std::this_thread::yield();
  ThreadStack stack;
  while (FramesIn(stack, AddressOf(WaitForByte)) == 0) {
    stack = StackOnceBlocked(shared.tid);
  }
  ASSERT_TRUE(stack.is_complete);
  // A root, further up than the thread's own.
  for (size_t at = kSize; at < kSize + 65536; at += 8) {
    memcpy(room + at, &stack.addresses.back(), 8);
  }
  const ThreadStack again = StackOnceBlocked(shared.tid);
  EXPECT_TRUE(again.is_complete);
  EXPECT_EQ(again.addresses, stack.addresses);
  close(shared.ends[1]);
  pthread_join(thread, nullptr);
  close(shared.ends[0]);
  munmap(room, 2 * kSize);
}

}  // namespace
}  // namespace leaktrap::internal
