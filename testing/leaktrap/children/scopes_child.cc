// VERIFY_NO_LEAKS in all places.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cfenv>
#include <chrono>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(Scope, Clean) {
  VERIFY_NO_LEAKS();
  close(OpenNull());
}

TEST(Scope, IgnoresWhatWasThereBefore) {
  const int descriptor = OpenNull();
  {
    VERIFY_NO_LEAKS();
    close(OpenNull());
  }
  close(descriptor);
}

TEST(Scope, LeaksOnce) {
  VERIFY_NO_LEAKS();
  OpenNull();
}

TEST(Scope, LeaksAndKeepsTheCallersState) {
  std::feclearexcept(FE_ALL_EXCEPT);
  {
    VERIFY_NO_LEAKS();
    OpenNull();
    errno = ENOTSUP;
  }
  EXPECT_EQ(errno, ENOTSUP);
  EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT), 0);
}

TEST(Scope, SeesWhatTheTestReleasesLater) {
  int descriptor;
  {
    VERIFY_NO_LEAKS();
    descriptor = OpenNull();
  }
  close(descriptor);
}

TEST(Scope, InnerAndOuterAndTest) {
  VERIFY_NO_LEAKS();
  OpenNull();
  {
    VERIFY_NO_LEAKS();
    OpenNull();
  }
}

TEST(Scope, InALoop) {
  for (int i = 0; i < 3; ++i) {
    VERIFY_NO_LEAKS();
    OpenNull();
  }
}

TEST(Scope, AndTheTestAfterIt) {
  {
    VERIFY_NO_LEAKS();
    OpenNull();
  }
  OpenNull();
}

TEST(Scope, WithOptions) {
  VERIFY_NO_LEAKS(leaktrap::Options()
                      .IgnoreDescriptor("/dev/null", "shown to be ignored")
                      .Tolerate(leaktrap::Kind::kThread, 1, "just one"));
  OpenNull();
  leaktrap::children::LeakThread();
}

TEST(Scope, WithARuleWithoutAReason) {
  VERIFY_NO_LEAKS(leaktrap::Options().IgnoreThread("worker", ""));
}

TEST(Scope, OnAnotherThread) {
  std::thread([] { VERIFY_NO_LEAKS(); }).join();
}

TEST(Fork, InTheChild) {
  const pid_t child = fork();
  if (child == 0) {
    { VERIFY_NO_LEAKS(); }
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
}

class OutsideATest : public testing::Environment {
 public:
  void SetUp() override { VERIFY_NO_LEAKS(); }
};

// Only when asked for: it fails the whole run.
[[maybe_unused]] const bool kOutsideATest = [] {
  if (getenv("SCOPE_OUTSIDE_A_TEST") == nullptr) return false;
  testing::AddGlobalTestEnvironment(new OutsideATest);
  return true;
}();

}  // namespace
