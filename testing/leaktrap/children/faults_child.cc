// Tests that take away what Leaktrap looks with, or end what runs them.

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"

namespace {

using leaktrap::children::LeakThread;

void LeakDescriptor() { ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0); }

// The others are run with one of these ahead of them.
TEST(Takes, Nothing) {}

// Among them the one that Leaktrap keeps in reserve.
TEST(Takes, EveryDescriptor) { closefrom(3); }

TEST(Takes, EveryDescriptorByARawCall) { ASSERT_EQ(close_range(3, ~0U, 0), 0); }

TEST(Takes, StandardStreamsToo) { closefrom(0); }

TEST(Takes, Proc) {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("none", "/proc", "tmpfs", 0, nullptr), 0);
}

TEST(Takes, Root) {
  ASSERT_EQ(chroot(std::getenv("EMPTY_FOLDER")), 0);
  ASSERT_EQ(chdir("/"), 0);
}

TEST(Takes, WorkingDirectory) {
  ASSERT_EQ(chdir(std::getenv("EMPTY_FOLDER")), 0);
  ASSERT_EQ(rmdir(std::getenv("EMPTY_FOLDER")), 0);
}

TEST(Takes, Privileges) {
  constexpr uid_t kNobody = 65534;
  if (setgroups(0, nullptr) != 0) GTEST_SKIP() << "there is no other user";
  ASSERT_EQ(setgid(kNobody), 0);
  ASSERT_EQ(setuid(kNobody), 0);
}

TEST(ThenLeaks, Descriptor) { LeakDescriptor(); }
TEST(ThenLeaks, Thread) { LeakThread(); }
TEST(ThenLeaks, Process) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
}

class Ends : public testing::Test {
 protected:
  void SetUp() override { LeakDescriptor(); }
};

TEST_F(Ends, ByExec) { execl("/bin/true", "true", nullptr); }
TEST_F(Ends, ByASystemCall) { syscall(SYS_exit_group, 0); }
TEST_F(Ends, ByDaemon) {
  if (daemon(/*nochdir=*/1, /*noclose=*/0) == 0) _exit(0);
}
TEST_F(Ends, BySigterm) { raise(SIGTERM); }

class Forks : public testing::Test {
 protected:
  void SetUp() override { LeakDescriptor(); }
};

TEST_F(Forks, AndTheChildExitsImmediately) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Forks, AndTheChildOfVforkExitsImmediately) {
  const pid_t child = vfork();
  if (child == 0) _exit(0);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Forks, AndTheChildGoesOn) {
  const pid_t child = fork();
  if (child != 0) waitpid(child, nullptr, 0);
}

TEST_F(Forks, AndTheChildExits) {
  const pid_t child = fork();
  if (child == 0) std::exit(0);
  waitpid(child, nullptr, 0);
}

TEST_F(Forks, AndTheChildExecs) {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(1);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace
