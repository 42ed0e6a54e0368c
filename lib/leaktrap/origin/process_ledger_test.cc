#include "leaktrap/origin/process_ledger.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {
namespace {

uint64_t Record(pid_t pid, const char* call = "fork") {
  const uint64_t sequence = BeginCreation();
  RecordProcess(sequence, pid, {call, __builtin_return_address(0)});
  return sequence;
}

TEST(ProcessLedger, KnowsAChildUntilItIsWaitedFor) {
  EXPECT_EQ(FindProcess(1000).sequence, 0u);
  ForgetProcess(1000);
  const uint64_t sequence = Record(1000, "posix_spawn");
  EXPECT_EQ(FindProcess(1000).sequence, sequence);
  EXPECT_STREQ(FindProcess(1000).call, "posix_spawn");
  EXPECT_EQ(FindProcess(1000).tid, CurrentTid());
  EXPECT_EQ(FindProcess(1001).sequence, 0u);
  ForgetProcess(1001);
  EXPECT_EQ(FindProcess(1000).sequence, sequence);
  ForgetProcess(1000);
  EXPECT_EQ(FindProcess(1000).sequence, 0u);
}

TEST(ProcessLedger, KnowsNothingOfWhatIsNoChild) {
  for (const pid_t pid : {0, -1}) {
    Record(pid);
    EXPECT_EQ(FindProcess(pid).sequence, 0u);
    ForgetProcess(pid);
  }
  RecordProcess(0, 1002, {"fork", nullptr});
  EXPECT_EQ(FindProcess(1002).sequence, 0u);
}

// Pids that have the same place.
TEST(ProcessLedger, NeverTakesOneForAnother) {
  const pid_t first = 1003;
  const pid_t second = first + 4096;
  Record(first);
  EXPECT_EQ(FindProcess(second).sequence, 0u);
  ForgetProcess(second);
  EXPECT_NE(FindProcess(first).sequence, 0u);
  const uint64_t sequence = Record(second);
  EXPECT_EQ(FindProcess(second).sequence, sequence);
  ForgetProcess(first);
  EXPECT_EQ(FindProcess(second).sequence, sequence);
  ForgetProcess(second);
}

TEST(ProcessLedger, KnowsThousandsAtOnce) {
  for (pid_t pid = 10000; pid < 14096; ++pid) Record(pid);
  for (pid_t pid = 10000; pid < 14096; ++pid) {
    EXPECT_NE(FindProcess(pid).sequence, 0u) << pid;
    ForgetProcess(pid);
  }
}

pid_t MakeWaitingChild() {
  const pid_t child = fork();
  while (child == 0) pause();
  return child;
}

void EndChild(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(ProcessLedger, AsksTheKernelForTheLastChild) {
  EXPECT_EQ(LastChild(), 0);
  // More than are read at once.
  std::vector<pid_t> children;
  for (int i = 0; i < 150; ++i) {
    children.push_back(MakeWaitingChild());
    ASSERT_EQ(LastChild(), children.back());
  }
  pid_t of_another_thread = -1;
  std::thread([&] { of_another_thread = LastChild(); }).join();
  EXPECT_EQ(of_another_thread, 0) << "it has made none";
  errno = ENOTTY;
  EXPECT_EQ(LastChild(), children.back());
  EXPECT_EQ(errno, ENOTTY);
  for (const pid_t child : children) EndChild(child);
  EXPECT_EQ(LastChild(), 0);
}

}  // namespace
}  // namespace leaktrap::internal
