#include "leaktrap/early_exit.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/console_color.h"
#include "leaktrap/origin/exit_observer.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"
#include "leaktrap/system/own_process.h"

namespace leaktrap::internal {
namespace {

// Zero while none run. Any thread may exit.
std::atomic<pid_t> runs_tests = 0;

// Also by a child that may call nothing but _exit(2), as seccomp(2) has it.
bool TestsRunHere() {
  const pid_t pid = runs_tests;
  return pid != 0 && Own().Is(pid);
}

// Asked for without GoogleTest's lock.
std::atomic<const testing::TestInfo*> test_that_runs = nullptr;

std::string Place() {
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  if (const testing::TestInfo* const test = tests.current_test_info()) {
    return Printable(absl::StrCat(test->test_suite_name(), ".", test->name()));
  }
  const testing::TestSuite* const suite = tests.current_test_suite();
  return suite == nullptr
             ? "an environment or a listener"
             : absl::StrCat("the test suite ", Printable(suite->name()));
}

constexpr char kUnchecked[] =
    ", before its tests were over: neither that nor what was to come was "
    "checked for leaks";

// May be called in a signal handler.
void Write(std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    (void)!write(STDOUT_FILENO, text, std::strlen(text));
  }
}

int OnExitWithoutHandlers(const char* call, int status) {
  if (!TestsRunHere()) return status;
  TestsEnd();
  const testing::TestInfo* const test = test_that_runs;
  if (test == nullptr) {
    Write({"Leaktrap: the program called ", call, "() outside its tests"});
  } else {
    Write({"Leaktrap: the program called ", call, "() in ",
           test->test_suite_name(), ".", test->name()});
  }
  Write({kUnchecked, "\n"});
  return status == 0 ? 1 : status;
}

// It is not told the status.
void OnQuickExit() {
  if (TestsRunHere()) _exit(OnExitWithoutHandlers("quick_exit", 0));
}

// Ahead of the program's own handlers, so that it is called after them: it ends
// the process.
__attribute__((constructor(101))) void RegisterForQuickExit() {
  at_quick_exit(OnQuickExit);
}

void OnExit(int status, void*) {
  if (!TestsRunHere()) return;
  TestsEnd();
  PrintNote(absl::StrCat("Leaktrap: the program exited with ", status, " in ",
                         Place(), kUnchecked),
            Color::kRed);
  // glibc goes on with the handlers that are left, and the new code.
  if (status == 0) std::exit(1);
}

}  // namespace

void TestsBegin() {
  // Late, so that it is called early: all that it uses is still there.
  [[maybe_unused]] static const int registered = on_exit(OnExit, nullptr);
  exit_observer = OnExitWithoutHandlers;
  runs_tests = OwnPid();
}

void ThisTestRuns(const testing::TestInfo* test) { test_that_runs = test; }

void TestsEnd() { runs_tests = 0; }

}  // namespace leaktrap::internal
