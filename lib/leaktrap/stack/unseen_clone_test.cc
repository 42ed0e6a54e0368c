#include "leaktrap/stack/unseen_clone.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/left_behind_for_test.h"
#include "leaktrap/stack/unseen_process.h"

namespace leaktrap::internal {
namespace {

using End = ProcessResult::End;
using std::chrono::milliseconds;

constexpr ProcessLimits kAmple = {milliseconds(60000), 4 << 20};
constexpr ProcessLimits kShort = {milliseconds(300), 4 << 20};

// So many that children share the memory.
class ManyThreads {
 public:
  ManyThreads() {
    const std::shared_future<void> over = over_.get_future().share();
    for (size_t i = 0; i <= UnseenClone::kMostThreadsCopied; ++i) {
      threads_.emplace_back([over] { over.wait(); });
    }
  }
  ~ManyThreads() {
    over_.set_value();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::promise<void> over_;
  std::vector<std::thread> threads_;
};

class UnseenCloneTest : public LeavesNothingTest {};

int SetAndExit(void* number) {
  *static_cast<volatile int*>(number) = 7;
  _exit(3);
}

int ExitCode(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, __WALL), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(UnseenCloneTest, HasACopyWhereThreadsAreFew) {
  const UnseenClone clone(UnseenClone::Memory::kAsIsQuicker);
  EXPECT_FALSE(clone.shares_memory());
  volatile int number = 1;
  const pid_t child =
      clone.Start(0, false, SetAndExit, const_cast<int*>(&number));
  EXPECT_EQ(ExitCode(child), 3);
  EXPECT_EQ(number, 1);
}

TEST_F(UnseenCloneTest, SharesTheMemoryWhereThreadsAreMany) {
  const ManyThreads many;
  EXPECT_FALSE(UnseenClone(UnseenClone::Memory::kCopy).shares_memory());
  const UnseenClone clone(UnseenClone::Memory::kAsIsQuicker);
  ASSERT_EQ(clone.shares_memory(), UnseenClone::CanShareMemory());
  if (!clone.shares_memory()) GTEST_SKIP() << "under ThreadSanitizer";
  volatile int number = 1;
  const pid_t child =
      clone.Start(0, false, SetAndExit, const_cast<int*>(&number));
  EXPECT_EQ(number, 7) << "it has ended by now";
  EXPECT_EQ(ExitCode(child), 3);
}

TEST_F(UnseenCloneTest, ProgramsRunAmongManyThreads) {
  const ManyThreads many;
  std::string input;
  for (int i = 0; i < 100000; ++i) input += std::to_string(i) + "\n";
  for (int round = 0; round < 20; ++round) {
    const ProcessResult result = RunProcess({"/bin/cat"}, input, kAmple);
    EXPECT_EQ(result.end, End::kExited);
    EXPECT_TRUE(result.output == input) << result.output.size();
  }
  const std::string crash = Script("crash", "echo half; kill -SEGV $$");
  EXPECT_EQ(RunProcess({crash}, "", kAmple).end, End::kKilled);
  const std::string endless = Script("endless", "sleep 100");
  EXPECT_EQ(RunProcess({endless}, "", kShort).end, End::kTimedOut);
  EXPECT_EQ(RunProcess({"/nonexistent"}, "", kAmple).end, End::kNotStarted);
}

// Those that the calling thread could not take meanwhile.
TEST_F(UnseenCloneTest, SignalsComeAfterwards) {
  static volatile sig_atomic_t taken = 0;
  const auto before = signal(SIGUSR1, [](int) { taken = 1; });
  {
    const ManyThreads many;
    const std::string script =
        Script("signals", "kill -USR1 " + std::to_string(getpid()));
    EXPECT_EQ(RunProcess({script}, "", kAmple).end, End::kExited);
  }
  EXPECT_EQ(taken, 1);
  signal(SIGUSR1, before);
}

}  // namespace
}  // namespace leaktrap::internal
