// Tests that leak and end in other ways than by passing.

#include <fcntl.h>

#include <stdexcept>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int LeakDescriptor() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(Outcome, Passes) { LeakDescriptor(); }

TEST(Outcome, Fails) {
  LeakDescriptor();
  ADD_FAILURE() << "the test's own failure";
}

TEST(Outcome, IsSkipped) {
  LeakDescriptor();
  GTEST_SKIP() << "not today";
}

TEST(Outcome, Throws) {
  LeakDescriptor();
  throw std::runtime_error("thrown by the test");
}

TEST(Outcome, FailsInAScope) {
  VERIFY_NO_LEAKS();
  LeakDescriptor();
  ADD_FAILURE() << "the test's own failure";
}

TEST(Outcome, ThrowsThroughAScope) {
  VERIFY_NO_LEAKS();
  LeakDescriptor();
  throw std::runtime_error("thrown by the test");
}

void LeakAndThrow() {
  LeakDescriptor();
  throw std::runtime_error("meant");
}

TEST(Outcome, IsSkippedInAScope) {
  VERIFY_NO_LEAKS();
  LeakDescriptor();
  GTEST_SKIP() << "not today";
}

TEST(Outcome, RegistersTooLate) {
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment);
}

TEST(Outcome, ThrowsAsItShouldThroughAScope) {
  auto scoped = [] {
    VERIFY_NO_LEAKS();
    LeakAndThrow();
  };
  EXPECT_THROW(scoped(), std::runtime_error);
}

}  // namespace
