#include "leaktrap/early_exit.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/origin/exit_observer.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/system/own_process.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Zero while none run. Any thread may exit.
std::atomic<pid_t> runs_tests = 0;
std::atomic<pid_t> ran_tests = 0;  // from TestsPause() on
std::atomic<bool> fails_the_run = false;
// The handlers of exit(3) that come later may call _exit(2).
std::atomic<bool> was_told = false;

// Asked for without GoogleTest's lock, which a listener holds that exits at the
// first failure.
std::atomic<const testing::TestSuite*> suite_that_runs = nullptr;
std::atomic<const testing::TestInfo*> test_that_runs = nullptr;

// What standard output was when the tests began. CaptureStdout() puts a file
// there that nobody reads when the program ends.
struct stat console = {};

bool IsConsole(int fd) {
  struct stat now;
  return UnseenStat(fd, &now) == 0 && now.st_dev == console.st_dev &&
         now.st_ino == console.st_ino;
}

// Whether a line can be written at once, or soon: nobody may be reading from
// the other end of a pipe.
bool TakesALine(int fd) {
  constexpr int kMilliseconds = 1000;
  pollfd polled = {fd, POLLOUT, 0};
  return poll(&polled, 1, kMilliseconds) < 0 || (polled.revents & POLLOUT) != 0;
}

// Also by a child that may call nothing but _exit(2), as seccomp(2) has it.
bool TestsRunHere() {
  const pid_t pid = runs_tests;
  return pid != 0 && Own().Is(pid);
}

// A line, in one piece. May be called in a signal handler.
class Line {
 public:
  void Add(std::initializer_list<const char*> texts) {
    for (const char* text : texts) {
      for (; *text != '\0' && size_ + 1 < sizeof(text_); ++text) {
        const bool is_control = static_cast<unsigned char>(*text) < ' ';
        text_[size_++] = is_control || *text == '\x7f' ? '?' : *text;
      }
    }
  }
  void Write() {
    text_[size_++] = '\n';
    const bool is_seen = IsConsole(STDOUT_FILENO) && TakesALine(STDOUT_FILENO);
    if (is_seen || TakesALine(STDERR_FILENO)) {
      (void)!write(is_seen ? STDOUT_FILENO : STDERR_FILENO, text_, size_);
    }
  }

 private:
  char text_[2048];
  size_t size_ = 0;
};

void Tell(std::initializer_list<const char*> what) {
  if (was_told.exchange(true)) return;
  Line line;
  line.Add({"Leaktrap: the program "});
  line.Add(what);
  const testing::TestSuite* const suite = suite_that_runs;
  const testing::TestInfo* const test = test_that_runs;
  if (test != nullptr) {
    line.Add({" in ", test->test_suite_name(), ".", test->name()});
  } else if (suite != nullptr) {
    line.Add({" in the test suite ", suite->name()});
  } else {
    line.Add({" in an environment or a listener"});
  }
  line.Add(
      {", before its tests were over: neither what it left behind until "
       "then nor what was to come was checked for leaks"});
  line.Write();
}

// Whoever started the program sees the low byte.
bool Passes(int status) { return (status & 0xff) == 0; }

int OnExitWithoutHandlers(const char* call, int status) {
  if (!TestsRunHere()) return status;
  Tell({"called ", call, "()"});
  return Passes(status) && fails_the_run ? 1 : status;
}

void OnExit(int status, void*) {
  if (!TestsRunHere()) return;
  std::fflush(stdout);
  char number[16];
  std::snprintf(number, sizeof(number), "%d", status);
  Tell({"exited with ", number});
  // glibc goes on with the handlers that are left, and the new code.
  if (Passes(status) && fails_the_run) std::exit(1);
}

void OnQuickExit() {
  if (TestsRunHere()) Tell({"called quick_exit()"});
}

// A handler of the program's own may have called exit(0) once more.
void EndExit(int status, void*) {
  if (!TestsRunHere() || !fails_the_run || !Passes(status)) return;
  std::fflush(nullptr);
  _exit(1);
}

// Handlers are not told the status.
void EndQuickExit() {
  if (TestsRunHere() && fails_the_run) _exit(1);
}

// Ahead of the program's own, so that they are called when those have been.
__attribute__((constructor(101))) void RegisterEnds() {
  on_exit(EndExit, nullptr);
  at_quick_exit(EndQuickExit);
}

}  // namespace

void TestsBegin(const Options& options) {
  // Late, so that they are called early: all that they use is still there.
  [[maybe_unused]] static const int registered =
      on_exit(OnExit, nullptr) + at_quick_exit(OnQuickExit);
  exit_observer = OnExitWithoutHandlers;
  suite_that_runs = nullptr;
  test_that_runs = nullptr;
  fails_the_run =
      std::any_of(kAllKinds.begin(), kAllKinds.end(),
                  [&](Kind kind) { return options.mode(kind) == Mode::kFail; });
  was_told = false;
  if (UnseenStat(STDOUT_FILENO, &console) != 0) console = {};
  runs_tests = OwnPid();
}

void ThisSuiteRuns(const testing::TestSuite* suite) { suite_that_runs = suite; }

void ThisTestRuns(const testing::TestInfo* test) { test_that_runs = test; }

void TestsEnd() {
  runs_tests = 0;
  ran_tests = 0;
}

void TestsPause() { ran_tests = runs_tests.exchange(0); }

void TestsGoOn() {
  if (runs_tests == 0) runs_tests = ran_tests.load();
}

}  // namespace leaktrap::internal
