// Tests that end the program: its exit code would be that of a run in which all
// had passed.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace {

// EXITS_AT: where the program ends beside its tests. Some do so to spare their
// destructors, or at the first failure.
bool ExitsAt(const std::string& place) {
  const char* const at = std::getenv("EXITS_AT");
  return at != nullptr && at == place;
}

void SayGoodbye() {
  std::puts("the program's own handler ran");
  std::fflush(stdout);
  if (ExitsAt("quick handler")) std::exit(0);
}

[[maybe_unused]] const int early = at_quick_exit(SayGoodbye);

class Ends : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  }
};

TEST_F(Ends, ByExit) { std::exit(0); }
TEST_F(Ends, ByExitWithACode) { std::exit(7); }
TEST_F(Ends, ByExitOnAnotherThread) {
  std::thread([] { std::exit(0); }).join();
}
TEST_F(Ends, ByExitWithACodeThatIsCut) { std::exit(256); }
TEST_F(Ends, ByImmediateExitWithACodeThatIsCut) { _exit(256); }
TEST_F(Ends, ByFailing) { FAIL(); }
TEST_F(Ends, ByImmediateExit) { _exit(0); }
TEST_F(Ends, ByImmediateExitOfC) { _Exit(0); }
TEST_F(Ends, ByImmediateExitWithACode) { _exit(7); }
TEST_F(Ends, ByImmediateExitInASignalHandler) {
  signal(SIGUSR1, [](int) { _exit(0); });
  raise(SIGUSR1);
}
TEST_F(Ends, ByQuickExit) { std::quick_exit(0); }
TEST_F(Ends, ByQuickExitWithAHandler) {
  ASSERT_EQ(at_quick_exit(SayGoodbye), 0);
  std::quick_exit(0);
}

TEST_F(Ends, ByImmediateExitWhileCaptured) {
  testing::internal::CaptureStdout();
  _exit(0);
}
TEST_F(Ends, ByExitWhileCaptured) {
  testing::internal::CaptureStdout();
  std::exit(0);
}
TEST_F(Ends, ByImmediateExitBesideAFullPipe) {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  ASSERT_EQ(fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
  const std::string much(1 << 16, '.');
  while (write(STDOUT_FILENO, much.data(), much.size()) > 0) {
  }
  while (write(STDOUT_FILENO, "", 1) > 0) {
  }
  ASSERT_EQ(fcntl(STDOUT_FILENO, F_SETFL, flags), 0);
  _exit(0);
}

class EndsInSetUp : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::exit(0); }
};
TEST_F(EndsInSetUp, ByExit) {}

class EndsInSetUpImmediately : public testing::Test {
 protected:
  static void SetUpTestSuite() { _exit(0); }
};
TEST_F(EndsInSetUpImmediately, ByExit) {}

// Is killed if it calls anything but exit_group(2) from now on. False if the
// kernel takes no such filter.
bool MayOnlyExit() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(Forks, AChildThatMayOnlyExit) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer calls more than that";
#endif
  constexpr int kNoSuchFilter = 2;
  const pid_t child = fork();
  if (child == 0) _exit(MayOnlyExit() ? 0 : kNoSuchFilter);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchFilter) {
    GTEST_SKIP() << "the kernel takes no such filter";
  }
  EXPECT_EQ(status, 0);
}

class ExitingEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    if (ExitsAt("environment")) std::exit(0);
  }
};

class ExitingListener : public testing::EmptyTestEventListener {
 public:
  void OnTestPartResult(const testing::TestPartResult&) override {
    if (ExitsAt("failure")) std::exit(0);
  }
  void OnTestIterationEnd(const testing::UnitTest&, int) override {
    if (ExitsAt("iteration")) std::exit(0);
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    if (ExitsAt("program")) _exit(0);
  }
};

[[maybe_unused]] const bool registered = [] {
  testing::AddGlobalTestEnvironment(new ExitingEnvironment);
  testing::UnitTest::GetInstance()->listeners().Append(new ExitingListener);
  return std::atexit([] {
           if (ExitsAt("handler")) _exit(0);
           if (ExitsAt("exiting handler")) std::exit(0);
         }) == 0;
}();

TEST(Clean, Test) {
  static int rounds = 0;
  if (++rounds == 2 && ExitsAt("second round")) std::exit(0);
}

}  // namespace
