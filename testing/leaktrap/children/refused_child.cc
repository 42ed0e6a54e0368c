// Leaks of each kind and clean twins, where the kernel refuses system calls:
// those of REFUSED_CALLS ("56,435"), with REFUSED_WITH. From before main on,
// or, with WHILE_RUNNING, once a test has made what it makes.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "children/parking.h"
#include "children/refused_call.h"
#include "gtest/gtest.h"

namespace {

int NumberFrom(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

// Once in a program.
bool Refuse() {
  const char* const calls = std::getenv("REFUSED_CALLS");
  std::istringstream numbers(calls == nullptr ? "" : calls);
  for (std::string number; std::getline(numbers, number, ',');) {
    if (!leaktrap::children::RefuseCall(std::stoi(number),
                                        NumberFrom("REFUSED_WITH"))) {
      return false;
    }
  }
  return true;
}

const bool kWhileRunning = std::getenv("WHILE_RUNNING") != nullptr;

// Before anything looks.
[[maybe_unused]] const bool kRefused = kWhileRunning || Refuse();

void RefuseWhileRunning() {
  if (kWhileRunning) {
    ASSERT_TRUE(Refuse());
  }
}

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

void LeakOneOfEachKind() {
  ASSERT_GE(OpenNull(), 0);
  leaktrap::children::LeakThread();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
}

TEST(Leak, OneOfEachKind) {
  ASSERT_NO_FATAL_FAILURE(LeakOneOfEachKind());
  RefuseWhileRunning();
}

// What Leaktrap started for the report of the one before is none of its own.
TEST(LeakThenClean, Leaks) {
  ASSERT_GE(OpenNull(), 0);
  RefuseWhileRunning();
}
TEST(LeakThenClean, Nothing) {}

TEST(LeakLater, NothingHere) { RefuseWhileRunning(); }
TEST(LeakLater, InTheNextTest) { ASSERT_GE(OpenNull(), 0); }

TEST(Clean, Descriptor) {
  const int descriptor = OpenNull();
  RefuseWhileRunning();
  close(descriptor);
}
TEST(Clean, Nothing) {}

}  // namespace
