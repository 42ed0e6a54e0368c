#include "leaktrap/system/own_process.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

constexpr int kNoAdvice = -1;

int ExitCodeOf(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Whether it asks twice: the second answer is the one that is remembered.
bool KnowsItself(const OwnProcess& own) {
  return own.pid() == getpid() && own.pid() == getpid();
}

// Not inlined where a vforked child calls them: it shares the variables of its
// parent, but for those in registers.
__attribute__((noinline)) pid_t PidOf(const OwnProcess& own) {
  return own.pid();
}
__attribute__((noinline)) bool Is(const OwnProcess& own, pid_t pid) {
  return own.Is(pid);
}

TEST(OwnProcessTest, KnowsItself) {
  const OwnProcess own;
  EXPECT_TRUE(own.remembers());
  EXPECT_TRUE(KnowsItself(own));
  EXPECT_EQ(OwnPid(), getpid());
}

TEST(OwnProcessTest, AForkedChildAndItsChildKnowThemselves) {
  const OwnProcess own;
  EXPECT_EQ(own.pid(), getpid());
  const pid_t child = fork();
  if (child == 0) {
    if (!KnowsItself(own)) _exit(1);
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(KnowsItself(own) ? 0 : 2);
    _exit(ExitCodeOf(grandchild));
  }
  EXPECT_EQ(ExitCodeOf(child), 0);
  EXPECT_TRUE(KnowsItself(own));
}

TEST(OwnProcessTest, AChildOfABareCloneKnowsItself) {
  const OwnProcess own;
  EXPECT_EQ(own.pid(), getpid());
  const auto child = static_cast<pid_t>(
      syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child == 0) _exit(own.pid() == syscall(SYS_getpid) ? 0 : 1);
  EXPECT_EQ(ExitCodeOf(child), 0);
}

TEST(OwnProcessTest, AVforkedChildIsTakenForItsParent) {
  const OwnProcess own;
  const pid_t parent = PidOf(own);
  volatile bool is_shared = false;
  const pid_t child = vfork();
  if (child == 0) {
    is_shared = true;
    _exit(PidOf(own) == parent ? 0 : 1);
  }
  // ThreadSanitizer makes a fork of it.
  EXPECT_EQ(ExitCodeOf(child), is_shared ? 0 : 1);
  EXPECT_TRUE(KnowsItself(own));
}

TEST(OwnProcessTest, IsNeitherAnotherNorAChild) {
  for (const OwnProcess& own : {OwnProcess(), OwnProcess(kNoAdvice)}) {
    const pid_t pid = own.pid();
    EXPECT_TRUE(own.Is(pid));
    EXPECT_FALSE(own.Is(getppid()));
    const pid_t child = fork();
    if (child == 0) {
      const bool is_parent = own.Is(pid);
      const bool knows_itself = own.Is(own.pid());
      _exit(!is_parent && knows_itself ? 0 : 1);
    }
    EXPECT_EQ(ExitCodeOf(child), 0);
  }
}

// A vforked child that exits is not its parent, though it has its memory.
TEST(OwnProcessTest, IsNoChildThatHasItsMemory) {
  const OwnProcess own;
  const pid_t pid = PidOf(own);
  const pid_t child = vfork();
  if (child == 0) _exit(Is(own, pid) ? 1 : 0);
  EXPECT_EQ(ExitCodeOf(child), 0);
}

TEST(OwnProcessTest, WhereTheKernelDoesNotWipeNothingIsRemembered) {
  const OwnProcess own(kNoAdvice);
  EXPECT_FALSE(own.remembers());
  EXPECT_TRUE(KnowsItself(own));
  const pid_t child = fork();
  if (child == 0) _exit(KnowsItself(own) ? 0 : 1);
  EXPECT_EQ(ExitCodeOf(child), 0);
}

}  // namespace
}  // namespace leaktrap::internal
