// Tests that go behind the recorder's back, by system calls of their own.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

const int kFromBefore = open("/dev/null", O_RDONLY | O_CLOEXEC);

// As many as before, and the recorder knows of no change.
TEST(Unseen, PutsAnotherFileInTheSamePlace) {
  ASSERT_EQ(syscall(SYS_close, kFromBefore), 0);
  ASSERT_EQ(syscall(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY | O_CLOEXEC, 0),
            kFromBefore);
}

void LeaveAChild() {
  const pid_t parent = getpid();
  if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (getppid() == parent) pause();
  syscall(SYS_exit_group, 0);
}

TEST(Unseen, LeavesAChild) { LeaveAChild(); }

TEST(Unseen, LeavesAChildInAScope) {
  VERIFY_NO_LEAKS();
  LeaveAChild();
}

TEST(Unseen, IsInnocent) {}

}  // namespace
