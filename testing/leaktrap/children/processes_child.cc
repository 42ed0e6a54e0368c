// Ways to forget a child process, each beside its clean twin. What runs on is
// killed with this process's group.

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

constexpr std::chrono::milliseconds kLate(400);

template <typename Body>
pid_t Fork(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  EXPECT_GT(pid, 0);
  return pid;
}

void PauseForEver() {
  for (;;) pause();
}

pid_t ForkSleeper() { return Fork(PauseForEver); }

// Execs what does not exist.
pid_t ForkAndFailToExec() {
  return Fork([] {
    execl("/nonexistent/program", "program", nullptr);
    _exit(127);
  });
}

pid_t Spawn() {
  char name[] = "sleep";
  char seconds[] = "1000";
  char* const arguments[] = {name, seconds, nullptr};
  pid_t pid = -1;
  EXPECT_EQ(posix_spawnp(&pid, name, nullptr, nullptr, arguments, environ), 0);
  return pid;
}

void AwaitEnd(pid_t pid) {
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
}

void Reap(pid_t pid) { ASSERT_EQ(waitpid(pid, nullptr, 0), pid); }

void KillAndReap(pid_t pid) {
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  Reap(pid);
}

TEST(Leak, RunningChild) { ForkSleeper(); }
TEST(Clean, RunningChild) { KillAndReap(ForkSleeper()); }

TEST(Leak, Zombie) {
  AwaitEnd(Fork([] { _exit(3); }));
}
TEST(Clean, Zombie) {
  const pid_t pid = Fork([] { _exit(3); });
  AwaitEnd(pid);
  Reap(pid);
}

TEST(Leak, KilledAndNotReaped) {
  const pid_t pid = ForkSleeper();
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  AwaitEnd(pid);
}

TEST(Leak, FailedExec) { AwaitEnd(ForkAndFailToExec()); }
TEST(Clean, FailedExec) { Reap(ForkAndFailToExec()); }

TEST(Leak, Popen) { ASSERT_NE(popen("exec sleep 1000", "r"), nullptr); }
TEST(Clean, Popen) {
  FILE* const pipe = popen("exit 0", "r");
  ASSERT_NE(pipe, nullptr);
  ASSERT_EQ(pclose(pipe), 0);
}

TEST(Leak, PosixSpawn) { Spawn(); }
TEST(Clean, PosixSpawn) { KillAndReap(Spawn()); }

TEST(Leak, Stopped) {
  const pid_t pid = ForkSleeper();
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, pid, &info, WSTOPPED), 0);
}

TEST(Leak, OfAnotherThread) { std::thread(ForkSleeper).join(); }
TEST(Clean, OfAnotherThread) {
  std::thread([] { KillAndReap(ForkSleeper()); }).join();
}

TEST(Leak, AdoptedOrphan) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  Reap(Fork([] { ForkSleeper(); }));
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

TEST(Leak, FiftyAlike) {
  const volatile int count = 50;  // not unrolled: one call
  for (int i = 0; i < count; ++i) ForkSleeper();
}

TEST(Leak, InAScope) {
  VERIFY_NO_LEAKS();
  ForkSleeper();
}

TEST(Clean, System) { ASSERT_EQ(std::system("exit 0"), 0); }

TEST(Clean, DeathTest) {
  EXPECT_EXIT(_exit(5), testing::ExitedWithCode(5), "");
}

// The same one, reaped: neither a leak nor something to be told.
pid_t earlier = -1;
class Suite : public testing::Test {
 public:
  static void SetUpTestSuite() { earlier = ForkSleeper(); }
  static void TearDownTestSuite() { KillAndReap(earlier); }
};
TEST_F(Suite, ItsChildBecomesAZombie) {
  ASSERT_EQ(kill(earlier, SIGTERM), 0);
  AwaitEnd(earlier);
}

// Reaped some time after the test, which is waited for.
class Late : public testing::Test {
 public:
  static void TearDownTestSuite() { EXPECT_FALSE(is_late_); }

 protected:
  inline static std::atomic<bool> is_late_{true};
};
TEST_F(Late, ReapedByAThread) {
  const pid_t pid = Fork([] { std::this_thread::sleep_for(kLate); });
  std::thread([pid] {
    Reap(pid);
    is_late_ = false;
  }).detach();
}

class Ignored : public testing::Test {
 public:
  static void SetUpTestSuite() { signal(SIGCHLD, SIG_IGN); }
  static void TearDownTestSuite() { signal(SIGCHLD, SIG_DFL); }
};
TEST_F(Ignored, IsReapedLateByTheKernel) {
  Fork([] { std::this_thread::sleep_for(kLate); });
}
TEST_F(Ignored, RunsOn) { ForkSleeper(); }

}  // namespace
