// The stacks of threads in each kind of wait, which goes on undisturbed.

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/thread_stack.h"
#include "leaktrap/stack/waits_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::AnyOfArray;
using testing::ElementsAre;

class WaitsEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    PrepareWaits();
    // What the threads inherit, of which some wait for this signal.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    EXPECT_EQ(pthread_sigmask(SIG_BLOCK, &signals, nullptr), 0);
  }
  void TearDown() override { EndWaits(); }
};

testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new WaitsEnvironment);

class ThreadWaitsTest : public testing::TestWithParam<WaitForTest> {
 protected:
  // Lives as long as the thread.
  struct Thread {
    std::atomic<int> tid{0};
    std::atomic<bool> has_returned{false};
  };

  // Starts a thread that goes into the wait and stays there.
  static Thread* Start(const WaitForTest& wait) {
    auto* const thread = new Thread;
    std::thread([thread, wait = wait.wait] {
      thread->tid = OwnTidForTest();
      wait();
      thread->has_returned = true;
      for (;;) pause();
    }).detach();
    while (thread->tid == 0) std::this_thread::yield();
    return thread;
  }

  static ThreadStack StackIn(const WaitForTest& wait, const Thread& thread) {
    while (!thread.has_returned) {
      ThreadStack stack = StackOnceBlocked(thread.tid);
      // On its way it may wait for something else.
      for (const std::string& syscall : wait.syscalls) {
        if (stack.syscall == syscall &&
            FramesIn(stack, AddressOf(wait.wait)) > 0) {
          return stack;
        }
      }
      std::this_thread::yield();
    }
    ADD_FAILURE() << "did not wait";
    return {};
  }

  // Not the sanitizer's of the same name, which calls it.
  static uintptr_t InTheCLibrary(const char* function) {
    static void* const library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    return reinterpret_cast<uintptr_t>(dlsym(library, function));
  }

  // Changes whenever the thread runs.
  static std::string Runs(const Thread& thread) {
    std::string text;
    EXPECT_TRUE(ReadFileForTest(
        ("/proc/self/task/" + std::to_string(thread.tid) + "/schedstat")
            .c_str(),
        &text));
    return text;
  }
};

TEST_P(ThreadWaitsTest, AreSeenFromTheSystemCallToTheRoot) {
  const WaitForTest& wait = GetParam();
  if (!IsPossible(wait)) GTEST_SKIP() << "not here";
  const ThreadStack stack = StackIn(wait, *Start(wait));
  EXPECT_EQ(stack.why_not, "");
  EXPECT_TRUE(stack.is_complete);
  EXPECT_THAT(stack.syscall, AnyOfArray(wait.syscalls));
  EXPECT_EQ(stack.arguments.size(), 6);
  EXPECT_EQ(FramesIn(stack, AddressOf(wait.wait)), 1);
  EXPECT_GT(stack.exact, 0);
  EXPECT_LE(stack.exact, stack.addresses.size());
  if (wait.function != nullptr) {
    EXPECT_EQ(FramesIn(stack, InTheCLibrary(wait.function)), 1);
  }
  // The byte before each belongs to code, as the symbolizer counts on.
  for (const uintptr_t address : stack.addresses) {
    EXPECT_NE(FunctionOf(address), 0);
  }
}

TEST_P(ThreadWaitsTest, GoOnUndisturbed) {
  const WaitForTest& wait = GetParam();
  if (!IsPossible(wait)) GTEST_SKIP() << "not here";
  const Thread& thread = *Start(wait);
  // On its way it may have waited in the same call before, as a thread does
  // that creates another under ThreadSanitizer. One that is disturbed runs each
  // time.
  bool ran = true;
  std::set<std::string> problems;
  for (int round = 0; ran && round < 10; ++round) {
    StackIn(wait, thread);
    const std::string before = Runs(thread);
    problems.clear();
    for (int i = 0; i < 20; ++i) {
      problems.insert(StackOfThread(thread.tid, ReadFileForTest).why_not);
    }
    ran = Runs(thread) != before;
  }
  EXPECT_FALSE(ran);
  EXPECT_THAT(problems, ElementsAre(""));
  EXPECT_FALSE(thread.has_returned);
}

// That a disturbed wait would be seen.
TEST_F(ThreadWaitsTest, ASignalDisturbs) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  for (const WaitForTest& wait : WaitsForTest()) {
    if (std::string(wait.name) != "Poll" && std::string(wait.name) != "Join") {
      continue;
    }
    const Thread& thread = *Start(wait);
    StackIn(wait, thread);
    const std::string before = Runs(thread);
    ASSERT_EQ(syscall(SYS_tgkill, getpid(), thread.tid.load(), SIGUSR1), 0);
    while (Runs(thread) == before) std::this_thread::yield();
    if (std::string(wait.name) == "Poll" && !kSanitized) {
      while (!thread.has_returned) std::this_thread::yield();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ThreadWaitsTest,
                         testing::ValuesIn(WaitsForTest()),
                         [](const auto& wait) { return wait.param.name; });

}  // namespace
}  // namespace leaktrap::internal
