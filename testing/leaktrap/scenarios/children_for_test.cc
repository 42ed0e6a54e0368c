// A program that cannot be started, and what is left of the attempt.

#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

constexpr char kNoProgram[] = "/nonexistent/program";

struct Attempt {
  pid_t pid = -1;
  int output[2] = {-1, -1};  // of the program
  int error = 0;             // why it does not run

  void CloseOutput() const {
    close(output[0]);
    close(output[1]);
  }
  void Reap() const { EXPECT_EQ(waitpid(pid, nullptr, 0), pid); }
};

[[noreturn]] void Become(const char* program, int output, int report) {
  dup2(output, STDOUT_FILENO);
  execl(program, program, nullptr);
  const int error = errno;
  const bool told = write(report, &error, sizeof(error)) == sizeof(error);
  _exit(told ? 127 : 126);
}

Attempt Start(const char* program) {
  Attempt attempt;
  EXPECT_EQ(pipe2(attempt.output, O_CLOEXEC), 0);  // LEAK: PipeKept
  int report[2] = {-1, -1};
  EXPECT_EQ(pipe2(report, O_CLOEXEC), 0);
  attempt.pid = fork();  // LEAK: NeverReaped
  if (attempt.pid == 0) Become(program, attempt.output[1], report[1]);
  close(report[1]);
  // Nothing, if the program took the end with it.
  if (read(report[0], &attempt.error, sizeof(attempt.error)) == 0) {
    attempt.error = 0;
  }
  close(report[0]);
  return attempt;
}

TEST(Leaking, PipeKept) {
  const Attempt attempt = Start(kNoProgram);
  ASSERT_EQ(attempt.error, ENOENT);
  attempt.Reap();
}
TEST(Fixed, PipeKept) {
  const Attempt attempt = Start(kNoProgram);
  ASSERT_EQ(attempt.error, ENOENT);
  attempt.Reap();
  attempt.CloseOutput();
}

TEST(Leaking, NeverReaped) {
  const Attempt attempt = Start(kNoProgram);
  ASSERT_EQ(attempt.error, ENOENT);
  attempt.CloseOutput();
  // Only so that the report always meets it dead.
  siginfo_t end;
  ASSERT_EQ(waitid(P_PID, attempt.pid, &end, WEXITED | WNOWAIT), 0);
}
TEST(Fixed, NeverReaped) {
  const Attempt attempt = Start(kNoProgram);
  ASSERT_EQ(attempt.error, ENOENT);
  attempt.CloseOutput();
  attempt.Reap();
}

}  // namespace
}  // namespace scenarios
