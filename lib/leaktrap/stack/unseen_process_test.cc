#include "leaktrap/stack/unseen_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/left_behind_for_test.h"

namespace leaktrap::internal {
namespace {

using End = ProcessResult::End;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

// Longer than anything here lasts, if it is not broken.
constexpr ProcessLimits kAmple = {milliseconds(60000), 4 << 20};
constexpr ProcessLimits kShort = {milliseconds(300), 4 << 20};

class UnseenProcessTest : public LeavesNothingTest {};

TEST_F(UnseenProcessTest, GivesInputAndReturnsOutput) {
  std::string input;
  for (int i = 0; i < 100000; ++i) input += std::to_string(i) + "\n";
  const ProcessResult result = RunProcess({"/bin/cat"}, input, kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.output == input) << result.output.size();
}

TEST_F(UnseenProcessTest, PassesArgumentsAndExitCode) {
  const std::string script = Script("arguments", "echo \"$1|$2\"; exit 5");
  const ProcessResult result = RunProcess({script, "a b", "*"}, "", kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 5);
  EXPECT_EQ(result.output, "a b|*\n");
}

TEST_F(UnseenProcessTest, SaysWhichSignalKilled) {
  const std::string script = Script("crash", "echo half; kill -SEGV $$");
  const ProcessResult result = RunProcess({script}, "input", kAmple);
  EXPECT_EQ(result.end, End::kKilled);
  EXPECT_EQ(result.code, SIGSEGV);
  EXPECT_EQ(result.output, "half\n");
}

TEST_F(UnseenProcessTest, SaysWhatCannotBeStarted) {
  ProcessResult result = RunProcess({"/no/such/program"}, "", kAmple);
  EXPECT_EQ(result.end, End::kNotStarted);
  EXPECT_EQ(result.code, ENOENT);
  result = RunProcess({"/etc/passwd"}, "", kAmple);
  EXPECT_EQ(result.end, End::kNotStarted);
  EXPECT_EQ(result.code, EACCES);
}

TEST_F(UnseenProcessTest, KillsWhatDoesNotEnd) {
  for (const char* text : {"exec sleep 1000", "exec >&- 2>&- sleep 1000",
                           "trap '' TERM INT HUP; exec sleep 1000"}) {
    const ProcessResult result = RunProcess({Script("hang", text)}, "", kShort);
    EXPECT_EQ(result.end, End::kTimedOut) << text;
  }
}

TEST_F(UnseenProcessTest, KillsWhatTheProgramStarted) {
  const std::string pid = testing::TempDir() + "/pid";
  const std::string script =
      Script("family", "sleep 1000 & echo $! >" + pid + "; wait");
  EXPECT_EQ(RunProcess({script}, "", kShort).end, End::kTimedOut);
  const std::string status =
      "/proc/" + std::to_string(std::stoi(Content(pid))) + "/status";
  // It may still stand there, dead, until its new parent looks.
  std::string text;
  do {
    text = Content(status);
  } while (text.find("State:\tS") != std::string::npos ||
           text.find("State:\tR") != std::string::npos);
  EXPECT_TRUE(text.empty() || text.find("State:\tZ") != std::string::npos ||
              text.find("State:\tX") != std::string::npos)
      << text;
}

TEST_F(UnseenProcessTest, BoundsTheOutput) {
  const ProcessLimits limits = {kAmple.time, 65536};
  const ProcessResult result = RunProcess({"/usr/bin/yes"}, "", limits);
  EXPECT_EQ(result.end, End::kKilled);
  EXPECT_EQ(result.code, SIGXFSZ);
  EXPECT_EQ(result.output.size(), limits.bytes);
}

TEST_F(UnseenProcessTest, OutlivesOneThatReadsNothing) {
  const ProcessResult result =
      RunProcess({"/bin/true"}, std::string(1 << 20, 'x'), kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 0);
}

TEST_F(UnseenProcessTest, PassesOnNoDescriptor) {
  const int passed_on = open("/dev/null", O_RDONLY);
  const int high = fcntl(passed_on, F_DUPFD, 900);
  // The third is ls's own, of the folder.
  EXPECT_EQ(RunProcess({"/bin/ls", "/proc/self/fd"}, "", kAmple).output,
            "0\n1\n2\n3\n");
  close(high);
  close(passed_on);
}

TEST_F(UnseenProcessTest, WorksWithoutStandardDescriptors) {
  std::vector<int> saved;
  for (int i = 0; i < 3; ++i) saved.push_back(fcntl(i, F_DUPFD, 100));
  for (int i = 0; i < 3; ++i) close(i);
  const ProcessResult result = RunProcess({"/bin/cat"}, "text", kAmple);
  for (int i = 0; i < 3; ++i) {
    dup2(saved[i], i);
    close(saved[i]);
  }
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.output, "text");
}

TEST_F(UnseenProcessTest, PassesOnNoSignalState) {
  struct sigaction before;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  sigset_t blocked, mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  const ProcessResult result = RunProcess(
      {"/bin/grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}, "", kAmple);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &mask, &after);
  sigaction(SIGPIPE, &before, nullptr);
  EXPECT_EQ(result.output,
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  EXPECT_TRUE(sigismember(&after, SIGTERM));
  EXPECT_FALSE(sigismember(&after, SIGINT));
}

TEST_F(UnseenProcessTest, PassesOnTheEnvironmentButWhatIsLoadedIntoIt) {
  setenv("LD_PRELOAD", "", 1);
  setenv("LD_AUDIT", "", 1);
  setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
  setenv("LEAKTRAP_KEPT", "yes", 1);
  const std::string output = RunProcess({"/usr/bin/env"}, "", kAmple).output;
  for (const char* name :
       {"LD_PRELOAD", "LD_AUDIT", "DEBUGINFOD_URLS", "LEAKTRAP_KEPT"}) {
    unsetenv(name);
  }
  EXPECT_THAT(output, HasSubstr("LEAKTRAP_KEPT=yes\n"));
  EXPECT_THAT(output, Not(HasSubstr("LD_PRELOAD")));
  EXPECT_THAT(output, Not(HasSubstr("LD_AUDIT")));
  EXPECT_THAT(output, Not(HasSubstr("DEBUGINFOD_URLS")));
}

class RunProgramTest : public LeavesNothingTest {
 protected:
  static Program Of(const std::string& path) {
    Program program;
    program.path = path;
    program.arguments = {path};
    program.environment = {"PATH=/usr/bin:/bin"};
    program.folder = "/";
    return program;
  }
};

TEST_F(RunProgramTest, GivesItsOutputAndErrorsInOrder) {
  const ProcessResult result = RunProgram(
      Of(Script("both", "echo 1; echo 2 >&2; echo 3; exit 4")), kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 4);
  EXPECT_EQ(result.output, "1\n2\n3\n");
}

TEST_F(RunProgramTest, GivesItWhatItIsToHave) {
  Program program = Of(Script(
      "given",
      "echo \"$1|$2\"; pwd; env | grep -v ^_; readlink /proc/self/fd/0"));
  program.arguments = {"itself", "a b", "*"};
  program.environment = {"PATH=/usr/bin:/bin", "MINE=1"};
  program.folder = "/proc";
  const int passed_on = open("/dev/null", O_RDONLY);
  const std::string output = RunProgram(program, kAmple).output;
  close(passed_on);
  EXPECT_THAT(output, testing::StartsWith("a b|*\n/proc\n"));
  EXPECT_THAT(output, HasSubstr("MINE=1\n"));
  EXPECT_THAT(output, Not(HasSubstr("HOME")));
  EXPECT_THAT(output, testing::EndsWith("/dev/null\n"));
  EXPECT_EQ(RunProgram(Of("/usr/bin/env"), kAmple).output,
            "PATH=/usr/bin:/bin\n");
}

TEST_F(RunProgramTest, PassesOnNoDescriptor) {
  const int passed_on = open("/dev/null", O_RDONLY);
  Program program = Of("/bin/ls");
  program.arguments = {"ls", "/proc/self/fd"};
  // The fourth is ls's own, of the folder.
  EXPECT_EQ(RunProgram(program, kAmple).output, "0\n1\n2\n3\n");
  close(passed_on);
}

TEST_F(RunProgramTest, KeepsTheEndOfALongOutput) {
  const ProcessLimits limits = {kAmple.time, 1000};
  std::string all;
  for (int i = 1; i <= 100000; ++i) all += std::to_string(i) + "\n";
  Program program = Of("/usr/bin/seq");
  program.arguments = {"seq", "100000"};
  EXPECT_EQ(RunProgram(program, limits).output,
            all.substr(all.size() - limits.bytes));
}

TEST_F(RunProgramTest, LimitsNoFile) {
  const std::string path = testing::TempDir() + "/large";
  const std::string script =
      Script("large", "head -c 100000 /dev/zero >" + path + " && echo written");
  const ProcessLimits limits = {kAmple.time, 1000};
  EXPECT_EQ(RunProgram(Of(script), limits).output, "written\n");
}

TEST_F(RunProgramTest, KillsWhatDoesNotEndAndKeepsWhatItSaid) {
  for (const char* text :
       {"echo half; exec sleep 1000", "echo half; exec >&- 2>&- sleep 1000",
        "echo half; trap '' TERM INT HUP; sleep 1000 & sleep 1000"}) {
    const ProcessResult result = RunProgram(Of(Script("hang", text)), kShort);
    EXPECT_EQ(result.end, End::kTimedOut) << text;
    EXPECT_EQ(result.output, "half\n") << text;
  }
  EXPECT_EQ(RunProgram(Of("/usr/bin/yes"), kShort).end, End::kTimedOut);
}

// It holds the output open, and nobody waits for it.
TEST_F(RunProgramTest, WaitsForNobodyWhoLeftTheGroup) {
  const std::string fifo = testing::TempDir() + "/left";
  unlink(fifo.c_str());
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string script =
      Script("leaves", "setsid cat " + fifo + " & echo said");
  const ProcessResult result = RunProgram(Of(script), kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.output, "said\n");
  // Lets it end, if it is there by now.
  const int write_end = open(fifo.c_str(), O_WRONLY | O_NONBLOCK);
  if (write_end >= 0) close(write_end);
}

TEST_F(RunProgramTest, SaysWhichSignalKilledAndWhatCannotBeStarted) {
  ProcessResult result =
      RunProgram(Of(Script("crash", "echo half; kill -SEGV $$")), kAmple);
  EXPECT_EQ(result.end, End::kKilled);
  EXPECT_EQ(result.code, SIGSEGV);
  EXPECT_EQ(result.output, "half\n");
  result = RunProgram(Of("/no/such/program"), kAmple);
  EXPECT_EQ(result.end, End::kNotStarted);
  EXPECT_EQ(result.code, ENOENT);
  Program elsewhere = Of("/bin/true");
  elsewhere.folder = "/no/such/folder";
  EXPECT_EQ(RunProgram(elsewhere, kAmple).end, End::kNotStarted);
}

TEST_F(RunProgramTest, NeedsNoDescriptorOfThisProcess) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> taken;
  for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;) taken.push_back(fd);
  EXPECT_EQ(errno, EMFILE);
  const ProcessResult result = RunProgram(Of("/bin/true"), kAmple);
  for (int fd : taken) close(fd);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 0);
}

// A child that waits until somebody writes to it.
class UnseenProcessMeanwhileTest : public LeavesNothingTest {
 protected:
  UnseenProcessMeanwhileTest() : fifo_(testing::TempDir() + "/fifo") {
    unlink(fifo_.c_str());
    EXPECT_EQ(mkfifo(fifo_.c_str(), 0600), 0);
  }

  void Start() {
    const std::string script =
        Script("reads_fifo", "echo >" + fifo_ + "; exec cat " + fifo_);
    thread_ = std::thread([this, script] {
      result_ = RunProcess({script}, "", kAmple);
      done_ = true;
    });
    // It runs when it writes.
    EXPECT_EQ(Content(fifo_), "\n");
  }

  void LetItEnd() {
    if (!done_) std::ofstream(fifo_) << "end";
    thread_.join();
    EXPECT_EQ(result_.output, "end");
  }

  bool done() const { return done_; }

 private:
  const std::string fifo_;
  std::thread thread_;
  std::atomic<bool> done_{false};
  ProcessResult result_;
};

TEST_F(UnseenProcessMeanwhileTest, ProgramsOwnWaitsSeeNoChild) {
  Start();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  siginfo_t info;
  EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_FALSE(done());
  LetItEnd();
}

TEST_F(UnseenProcessMeanwhileTest, ProgramsOwnChildrenAreLeftToIt) {
  Start();
  signal(SIGCHLD, SIG_DFL);
  const pid_t child = fork();
  if (child == 0) _exit(7);
  int status = 0;
  EXPECT_EQ(wait(&status), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_FALSE(done());
  LetItEnd();
}

TEST_F(UnseenProcessMeanwhileTest, ItHoldsNoPipeOpen) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  Start();
  close(pipe_ends[1]);
  pollfd end = {pipe_ends[0], POLLIN, 0};
  // The script runs; its keeper closed what it had before it started it.
  EXPECT_EQ(poll(&end, 1, 0), 1);
  EXPECT_EQ(end.revents & POLLHUP, POLLHUP);
  EXPECT_FALSE(done());
  LetItEnd();
  close(pipe_ends[0]);
}

TEST_F(UnseenProcessTest, WorksWhereChildrenAreNotWaitedFor) {
  signal(SIGCHLD, SIG_IGN);
  const ProcessResult result = RunProcess({"/bin/false"}, "", kAmple);
  EXPECT_EQ(result.end, End::kExited);
  EXPECT_EQ(result.code, 1);
}

TEST_F(UnseenProcessTest, SaysThatNoDescriptorIsLeft) {
  ProcessResult result;
  errno = EXDEV;
  {
    const NoDescriptorLeft none;
    errno = EXDEV;
    result = RunProcess({"/bin/cat"}, "", kAmple);
    EXPECT_EQ(errno, EXDEV);
  }
  EXPECT_EQ(result.end, End::kNoMeans);
  EXPECT_EQ(result.code, EMFILE);
}

}  // namespace
}  // namespace leaktrap::internal
