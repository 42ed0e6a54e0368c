// Ways to make child processes, and to wait for them.

#include <dlfcn.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ostream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/process_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"
#include "leaktrap/origin/thread_ledger.h"

namespace leaktrap::internal {
namespace {

pid_t child = 0;

Undo WaitForChild() {
  return [] { EXPECT_EQ(waitpid(child, nullptr, 0), child); };
}

char true_name[] = "true";
char* const true_arguments[] = {true_name, nullptr};

struct ProcessWay {
  const char* name;
  const char* call;
  Make make;
};

void PrintTo(const ProcessWay& way, std::ostream* out) { *out << way.name; }

const ProcessWay kWays[] = {
    {"fork", "fork",
     [] {
       child = fork();
       if (child == 0) _exit(0);
       return WaitForChild();
     }},
    {"_Fork", "_Fork",
     [] {
       child = _Fork();
       if (child == 0) _exit(0);
       return WaitForChild();
     }},
    {"vfork", "vfork",
     [] {
       const pid_t made = vfork();
       if (made == 0) _exit(0);
       child = made;
       return WaitForChild();
     }},
    {"vfork_without_exec", "vfork",
     [] {
       const pid_t made = vfork();
       if (made == 0) {
         execl("/no/such/program", "program", nullptr);
         _exit(127);
       }
       child = made;
       return WaitForChild();
     }},
    {"posix_spawn", "posix_spawn",
     [] {
       EXPECT_EQ(posix_spawn(&child, "/bin/true", nullptr, nullptr,
                             true_arguments, environ),
                 0);
       return WaitForChild();
     }},
    {"posix_spawnp", "posix_spawnp",
     [] {
       EXPECT_EQ(posix_spawnp(&child, "true", nullptr, nullptr, true_arguments,
                              environ),
                 0);
       return WaitForChild();
     }},
    {"posix_spawn_unasked", "posix_spawn",
     [] {
       EXPECT_EQ(posix_spawn(nullptr, "/bin/true", nullptr, nullptr,
                             true_arguments, environ),
                 0);
       child = LastChild();
       return WaitForChild();
     }},
    {"popen", "popen",
     [] {
       FILE* const stream = popen("exit 0", "r");
       child = LastChild();
       return Undo([stream] { pclose(stream); });
     }},
    {"popen_fclose", "popen",
     [] {
       FILE* const stream = popen("exit 0", "r");
       child = LastChild();
       return Undo([stream] { fclose(stream); });
     }},
    {"forkpty", "forkpty",
     [] {
       int controller;
       child = forkpty(&controller, nullptr, nullptr, nullptr);
       if (child == 0) _exit(0);
       return Undo([controller] {
         close(controller);
         EXPECT_EQ(waitpid(child, nullptr, 0), child);
       });
     }},
};

// A sanitizer's own vfork(2) goes past the recorder.
bool HasOwnVfork() {
  return dlsym(RTLD_DEFAULT, "__interceptor_vfork") != nullptr;
}

class ProcessWays : public testing::TestWithParam<ProcessWay> {};

TEST_P(ProcessWays, IsKnownUntilItIsWaitedFor) {
  if (std::string(GetParam().call) == "vfork" && HasOwnVfork()) {
    GTEST_SKIP() << "a sanitizer has a vfork of its own";
  }
  child = 0;
  const Undo undo = CallMake(GetParam().make);
  if (child == -1) GTEST_SKIP() << "cannot be had here";
  ASSERT_GT(child, 0);
  const CreationRecord made = FindProcess(child);
  ASSERT_NE(made.sequence, 0u);
  EXPECT_STREQ(made.call, GetParam().call);
  EXPECT_EQ(made.tid, CurrentTid());
  EXPECT_TRUE(IsFromMake(StackOf(made.stack)));
  undo();
  EXPECT_EQ(FindProcess(child).sequence, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, ProcessWays, testing::ValuesIn(kWays),
                         [](const testing::TestParamInfo<ProcessWay>& info) {
                           return std::string(info.param.name);
                         });

TEST(Processes, ThatCouldNotBeMadeLeaveNothing) {
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/no/such/program", nullptr, nullptr,
                        true_arguments, environ),
            ENOENT);
  EXPECT_EQ(LastChild(), 0);
}

pid_t ForkAndExit() {
  const pid_t pid = fork();
  if (pid == 0) _exit(3);
  return pid;
}

struct WaitWay {
  const char* name;
  pid_t (*wait)(pid_t pid);  // gives the pid
};

void PrintTo(const WaitWay& way, std::ostream* out) { *out << way.name; }

// Each tells what the child returned where it is asked to.
void ExpectThree(int status) {
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

const WaitWay kWaits[] = {
    {"wait",
     [](pid_t) {
       int status = 0;
       const pid_t pid = wait(&status);
       ExpectThree(status);
       return pid;
     }},
    {"wait_unasked", [](pid_t) { return wait(nullptr); }},
    {"waitpid",
     [](pid_t which) {
       int status = 0;
       const pid_t pid = waitpid(which, &status, 0);
       ExpectThree(status);
       return pid;
     }},
    {"waitpid_unasked", [](pid_t pid) { return waitpid(pid, nullptr, 0); }},
    {"wait3",
     [](pid_t) {
       int status = 0;
       rusage usage;
       const pid_t pid = wait3(&status, 0, &usage);
       ExpectThree(status);
       return pid;
     }},
    {"wait3_unasked", [](pid_t) { return wait3(nullptr, 0, nullptr); }},
    {"wait4",
     [](pid_t which) {
       int status = 0;
       rusage usage;
       const pid_t pid = wait4(which, &status, 0, &usage);
       ExpectThree(status);
       return pid;
     }},
    {"wait4_unasked",
     [](pid_t pid) { return wait4(pid, nullptr, 0, nullptr); }},
    {"waitid",
     [](pid_t pid) {
       siginfo_t info;
       EXPECT_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
       EXPECT_EQ(info.si_status, 3);
       return info.si_pid;
     }},
    {"waitid_unasked",
     [](pid_t pid) {
       EXPECT_EQ(waitid(P_PID, pid, nullptr, WEXITED), 0);
       return pid;
     }},
};

class WaitWays : public testing::TestWithParam<WaitWay> {};

TEST_P(WaitWays, Forgets) {
  const pid_t pid = ForkAndExit();
  ASSERT_STREQ(FindProcess(pid).call, "fork");
  EXPECT_EQ(GetParam().wait(pid), pid);
  EXPECT_EQ(FindProcess(pid).sequence, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, WaitWays, testing::ValuesIn(kWaits),
                         [](const testing::TestParamInfo<WaitWay>& info) {
                           return std::string(info.param.name);
                         });

// A child is there until it has ended, and has been waited for.
TEST(Waiting, ForAChildThatGoesOnForgetsNothing) {
  const pid_t pid = fork();
  while (pid == 0) pause();
  const uint64_t sequence = FindProcess(pid).sequence;
  ASSERT_NE(sequence, 0u);
  EXPECT_EQ(waitpid(pid, nullptr, WNOHANG), 0);
  siginfo_t info;
  EXPECT_EQ(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
  EXPECT_EQ(FindProcess(pid).sequence, sequence) << "nothing has happened";

  kill(pid, SIGSTOP);
  EXPECT_EQ(waitpid(pid, nullptr, WUNTRACED), pid);
  EXPECT_EQ(FindProcess(pid).sequence, sequence) << "stopped";
  kill(pid, SIGCONT);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, WCONTINUED), pid);
  EXPECT_TRUE(WIFCONTINUED(status));
  EXPECT_EQ(FindProcess(pid).sequence, sequence) << "went on";
  kill(pid, SIGSTOP);
  EXPECT_EQ(waitid(P_PID, pid, nullptr, WSTOPPED), 0);
  EXPECT_EQ(FindProcess(pid).sequence, sequence) << "stopped";

  kill(pid, SIGKILL);
  EXPECT_EQ(waitid(P_PID, pid, nullptr, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(FindProcess(pid).sequence, sequence) << "only looked at";
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(FindProcess(pid).sequence, 0u);
  EXPECT_EQ(waitpid(pid, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
}

// A zero is all good; else the line that was not.
#define EXIT_UNLESS(condition) \
  if (!(condition)) _exit(__LINE__ % 255 + 1)

void ExpectGood(pid_t pid) {
  ASSERT_GT(pid, 0);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "line (modulo 255) " << WEXITSTATUS(status) - 1;
}

// It has its parent's records, and goes on with its own.
void CheckChild(int inherited, uint64_t sequence) {
  EXIT_UNLESS(FindDescriptor(inherited).made.sequence == sequence);
  const int fd = eventfd(0, 0);
  EXIT_UNLESS(CallThatMade(fd) == "eventfd");
  EXIT_UNLESS(FindDescriptor(fd).made.tid == CurrentTid());
  EXIT_UNLESS(close(fd) == 0 && CallThatMade(fd).empty());
  EXIT_UNLESS(close(inherited) == 0 && CallThatMade(inherited).empty());
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  EXIT_UNLESS(FindProcess(pid).sequence != 0);
  EXIT_UNLESS(waitpid(pid, nullptr, 0) == pid);
  EXIT_UNLESS(FindProcess(pid).sequence == 0);
}

TEST(ForkedChild, RecordsOn) {
  const int fd = eventfd(0, 0);
  const uint64_t sequence = FindDescriptor(fd).made.sequence;
  pid_t pid = fork();
  if (pid == 0) {
    CheckChild(fd, sequence);
    _exit(0);
  }
  ExpectGood(pid);
  pid = _Fork();
  if (pid == 0) {
    CheckChild(fd, sequence);
    _exit(0);
  }
  ExpectGood(pid);
  EXPECT_EQ(FindDescriptor(fd).made.sequence, sequence);
  close(fd);
}

TEST(ForkedChild, HasNoThreadButItsOwn) {
  std::atomic<bool> over{false};
  std::thread other([&] {
    while (!over) std::this_thread::yield();
  });
  while (RunningThreads().size() != 1) std::this_thread::yield();
  const pid_t of_main = fork();
  if (of_main == 0) {
    EXIT_UNLESS(RunningThreads().empty() && FinishedThreads().empty());
    if (!kUnderTsan) {  // it ends programs that do so
      std::thread([] {}).join();
      EXIT_UNLESS(RunningThreads().empty() && FinishedThreads().empty());
    }
    _exit(0);
  }
  ExpectGood(of_main);

  std::thread([] {
    Charge(RunningThreads()[0], 0);
    const pid_t of_thread = fork();
    if (of_thread == 0) {
      const auto running = RunningThreads();
      EXIT_UNLESS(running.size() == 1);
      EXIT_UNLESS(running[0].tid == CurrentTid());
      _exit(0);
    }
    ExpectGood(of_thread);
  }).join();
  EXPECT_EQ(RunningThreads().size(), 1u);
  over = true;
  other.join();
}

// It has our memory, but descriptors of its own.
TEST(VforkedChild, ChangesNoRecord) {
  const int closed = eventfd(0, 0);
  const int replaced = eventfd(0, 0);
  const uint64_t of_closed = FindDescriptor(closed).made.sequence;
  const uint64_t of_replaced = FindDescriptor(replaced).made.sequence;
  const uint64_t before = LoggedReleases();
  LogReleasesOfOlderThan(LastSequence());
  const pid_t pid = vfork();
  if (pid == 0) {
    close(closed);
    dup2(0, replaced);
    closefrom(replaced + 1);
    open("/dev/null", O_RDONLY);
    if (fcntl(replaced, F_GETFD) == -1) _exit(1);
    execl("/no/such/program", "program", nullptr);
    _exit(0);
  }
  LogReleasesOfOlderThan(0);
  ExpectGood(pid);
  EXPECT_EQ(FindDescriptor(closed).made.sequence, of_closed);
  EXPECT_EQ(FindDescriptor(replaced).made.sequence, of_replaced);
  EXPECT_EQ(LoggedReleases(), before);
  close(closed);
  close(replaced);
  EXPECT_EQ(CallThatMade(closed), "");
}

}  // namespace
}  // namespace leaktrap::internal
