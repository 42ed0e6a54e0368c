// Tests that say how many leaks they leave, or have to leave.

#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::Kind;
using leaktrap::children::LeakThread;

void LeakDescriptor() { ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0); }

TEST(Allow, UpToOne) {
  LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "the driver's");
  LeakDescriptor();
}

TEST(Allow, OneMore) {
  LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "the driver's");
  LeakDescriptor();
  LeakDescriptor();
}

TEST(Allow, AnotherKind) {
  LEAKTRAP_ALLOW(Kind::kThread, 1, "of another kind");
  LeakDescriptor();
}

TEST(Allow, IsOverWithItsTest) { LeakDescriptor(); }

TEST(Allow, InABlock) {
  {
    VERIFY_NO_LEAKS();
    LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "the block's");
    LeakDescriptor();
  }
  LeakDescriptor();
}

class InFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "of the suite");
    LeakDescriptor();
  }
  InFixture() { LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "of the constructor"); }
  void SetUp() override { LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "of SetUp"); }
  void TearDown() override {
    LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "of TearDown");
  }
};

TEST_F(InFixture, AddsUp) {
  LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "of the test");
  for (int i = 0; i < 4; ++i) LeakDescriptor();
}

TEST_F(InFixture, ButNotWithTheSuites) {
  for (int i = 0; i < 4; ++i) LeakDescriptor();
}

TEST(Expect, One) {
  LEAKTRAP_EXPECT_LEAK(Kind::kThread, 1, "known");
  LeakThread();
}

TEST(Expect, None) { LEAKTRAP_EXPECT_LEAK(Kind::kThread, 1, "once known"); }

TEST(Expect, OneThatEndsLate) {
  LEAKTRAP_EXPECT_LEAK(Kind::kThread, 1, "known");
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }).detach();
}

TEST(Expect, Fewer) {
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 3, "known");
  LeakDescriptor();
}

TEST(Expect, More) {
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "known");
  LeakDescriptor();
  LeakDescriptor();
}

TEST(Expect, NoneInABlock) {
  VERIFY_NO_LEAKS();
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "the block's");
}

TEST(Expect, InABlockThatAnExceptionLeaves) {
  try {
    VERIFY_NO_LEAKS();
    LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "the thrower's");
    throw 1;
  } catch (int) {
  }
}

TEST(Expect, InTheTestAndLeftInABlock) {
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "known");
  EXPECT_NO_LEAKS(LeakDescriptor());
}

TEST(Expect, NoneAndFails) {
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "known");
  ADD_FAILURE() << "the test's own failure";
}

TEST(Expect, NoneAndIsSkipped) {
  LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "known");
  GTEST_SKIP() << "not today";
}

class ExpectInSuite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    LEAKTRAP_EXPECT_LEAK(Kind::kDescriptor, 1, "of its suite");
    if (std::getenv("LEAK_IN_SUITE") != nullptr) LeakDescriptor();
  }
};

TEST_F(ExpectInSuite, Passes) {}

TEST(Wrong, Count) { LEAKTRAP_ALLOW(Kind::kThread, 0, "why"); }

TEST(Wrong, Reason) { LEAKTRAP_EXPECT_LEAK(Kind::kThread, 1, ""); }

TEST(Wrong, Thread) {
  std::thread([] { LEAKTRAP_ALLOW(Kind::kThread, 1, "why"); }).join();
}

TEST(Wrong, ForkedChild) {
  const pid_t pid = fork();
  if (pid == 0) {
    LEAKTRAP_EXPECT_LEAK(Kind::kThread, 1, "why");
    _exit(HasFailure() ? 7 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(DeathTest, IsNoPlaceForAnError) {
  LEAKTRAP_ALLOW(Kind::kDescriptor, 1, "the test's");
  LeakDescriptor();
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::exit(3), testing::ExitedWithCode(3), "^$");
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (std::getenv("ALLOW_IN_MAIN") != nullptr) {
    LEAKTRAP_ALLOW(Kind::kThread, 1, "too soon");
  }
  return RUN_ALL_TESTS();
}
