// Leaks of each kind and clean twins, where the kernel refuses a system call:
// the one of REFUSED_CALL, with REFUSED_WITH. From before main on, or, with
// WHILE_RUNNING, once a test has made what it makes.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "children/parking.h"
#include "children/refused_call.h"
#include "gtest/gtest.h"

namespace {

int NumberFrom(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

bool Refuse() {
  // Each test is run by itself, so there is one filter at most.
  return std::getenv("REFUSED_CALL") == nullptr ||
         leaktrap::children::RefuseCall(NumberFrom("REFUSED_CALL"),
                                        NumberFrom("REFUSED_WITH"));
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

TEST(LeakLater, NothingHere) { RefuseWhileRunning(); }
TEST(LeakLater, InTheNextTest) { ASSERT_GE(OpenNull(), 0); }

TEST(Clean, Descriptor) {
  const int descriptor = OpenNull();
  RefuseWhileRunning();
  close(descriptor);
}
TEST(Clean, Nothing) {}

}  // namespace
