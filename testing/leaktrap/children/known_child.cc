// An old program with leaks in most tests, by makers of its own. GROWN=1 adds
// to them, MENDED=1 takes some away, MOVED=1 has another make them, SKIPPED=1
// skips tests, FAILED=1 fails one.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"

namespace old {

bool Is(const char* variable) { return std::getenv(variable) != nullptr; }

// Each is the innermost of the program's own functions on a stack.
__attribute__((noinline)) int OpenLog() {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  return fd;
}
__attribute__((noinline)) int OpenSpool() {
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  return fd;
}
__attribute__((noinline)) void StartWorker() {
  static auto* const parking = new leaktrap::children::Parking;
  std::thread([] { parking->Park(); }).detach();
}
__attribute__((noinline)) void StartChild() {
  if (fork() == 0) _exit(0);
}

TEST(Spool, Opens) {
  OpenSpool();
  OpenSpool();
}

TEST(Spool, OpensAndLogs) {
  if (Is("SKIPPED")) GTEST_SKIP();
  OpenSpool();
  if (!Is("MENDED")) OpenLog();
  OpenLog();
}

TEST(Spool, IsClean) {
  if (Is("GROWN")) OpenLog();
}

TEST(Worker, Starts) {
  if (Is("FAILED")) {
    FAIL() << "before it left something";
  }
  if (!Is("MENDED")) StartWorker();
}

TEST(Worker, StartsTwo) {
  StartWorker();
  StartWorker();
  if (Is("GROWN")) StartWorker();
}

TEST(Worker, IsClean) {}

// What a function makes itself is one leak, what it has others make is theirs.
TEST(Nested, Opens) {
  if (!Is("MOVED")) open("/dev/null", O_WRONLY | O_CLOEXEC);
  OpenLog();
  if (Is("MOVED")) OpenLog();
}

// No leak: it takes its time.
TEST(Late, Ends) {
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }).detach();
}

TEST(Child, IsForgotten) { StartChild(); }

class Shared : public testing::Test {
 protected:
  static void SetUpTestSuite() { OpenLog(); }
};

TEST_F(Shared, One) {}
TEST_F(Shared, Two) { StartWorker(); }

class Numbered : public testing::TestWithParam<int> {};

TEST_P(Numbered, Opens) {
  for (int i = 0; i < GetParam(); ++i) OpenSpool();
}

INSTANTIATE_TEST_SUITE_P(Few, Numbered, testing::Values(0, 1, 2));

class OldEnvironment : public testing::Environment {
 public:
  void SetUp() override { OpenLog(); }
};

const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new OldEnvironment);

}  // namespace old
