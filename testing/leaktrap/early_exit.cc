#include "leaktrap/early_exit.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/console_color.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"

namespace leaktrap::internal {
namespace {

// Zero while none run. Any thread may exit.
std::atomic<pid_t> runs_tests = 0;

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

void OnExit(int status, void*) {
  // A child of vfork(2) has this memory, too.
  if (runs_tests != getpid()) return;
  TestsEnd();
  PrintNote(absl::StrCat("Leaktrap: the program exited with ", status, " in ",
                         Place(),
                         ", before its tests were over: neither that nor what "
                         "was to come was checked for leaks"),
            Color::kRed);
  // glibc goes on with the handlers that are left, and the new code.
  if (status == 0) std::exit(1);
}

}  // namespace

void TestsBegin() {
  // Late, so that it is called early: all that it uses is still there.
  [[maybe_unused]] static const int registered = on_exit(OnExit, nullptr);
  runs_tests = getpid();
}

void TestsEnd() { runs_tests = 0; }

}  // namespace leaktrap::internal
