// Child processes of tests: killed and waited for at the end of a scope.

#ifndef LEAKTRAP_PROBE_CHILD_PROCESSES_FOR_TEST_H_
#define LEAKTRAP_PROBE_CHILD_PROCESSES_FOR_TEST_H_

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace leaktrap::internal {

inline void PauseForEver() {
  for (;;) pause();
}

class ScopedChild {
 public:
  // Runs `body` in a child, which then exits with 0.
  explicit ScopedChild(const std::function<void()>& body = PauseForEver)
      : pid_(fork()) {
    if (pid_ == 0) {
      body();
      _exit(0);
    }
    EXPECT_GT(pid_, 0);
  }
  ScopedChild(ScopedChild&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)) {}
  ScopedChild& operator=(ScopedChild&&) = delete;
  ~ScopedChild() {
    if (pid_ > 0) KillAndReap();
  }

  pid_t pid() const { return pid_; }

  void Kill(int signal) const { EXPECT_EQ(kill(pid_, signal), 0); }

  // Waits for it to be in a state (WEXITED, WSTOPPED, WCONTINUED), and takes
  // nothing away from later waits.
  void AwaitState(int state) const {
    siginfo_t info;
    EXPECT_EQ(waitid(P_PID, pid_, &info, state | WNOWAIT | __WALL), 0);
  }

  // Its status, as of waitpid(2). It is no child any more.
  int Reap() {
    int status = -1;
    const pid_t pid = std::exchange(pid_, -1);
    EXPECT_EQ(waitpid(pid, &status, __WALL), pid);
    return status;
  }
  // Waits until the kernel has reaped it, where SIGCHLD is ignored.
  void AwaitNobodysReaping() {
    EXPECT_EQ(waitpid(std::exchange(pid_, -1), nullptr, __WALL), -1);
  }
  int KillAndReap() {
    Kill(SIGKILL);
    return Reap();
  }

 protected:
  struct Adopt {};
  ScopedChild(Adopt, pid_t pid) : pid_(pid) { EXPECT_GT(pid, 0); }

 private:
  pid_t pid_;
};

// One whose end sends no signal, and that only a wait with __WALL sees.
class SilentChild : public ScopedChild {
 public:
  SilentChild() : ScopedChild(Adopt(), Clone()) {}

 private:
  static pid_t Clone() {
    const auto pid =
        static_cast<pid_t>(syscall(SYS_clone, 0, nullptr, nullptr, nullptr, 0));
    if (pid == 0) PauseForEver();
    return pid;
  }
};

// What `run` returns in a child process. The child is to leave none of its own.
inline std::string ResultInChild(const std::function<std::string()>& run) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  ScopedChild child([&] {
    close(ends[0]);
    const std::string text = run();
    _exit(write(ends[1], text.data(), text.size()) ==
                  static_cast<ssize_t>(text.size())
              ? 0
              : 1);
  });
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t size; (size = read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, size);
  close(ends[0]);
  EXPECT_EQ(child.Reap(), 0);
  return text;
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_CHILD_PROCESSES_FOR_TEST_H_
