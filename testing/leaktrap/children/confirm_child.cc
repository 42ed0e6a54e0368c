// What is left behind and what is made on first use, to be confirmed by running
// a test again, alone; with a main that has a flag of its own.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

#include "children/worker.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

// Each opens by itself: a maker is known by its function.
#define OPEN_NULL() open("/dev/null", O_RDONLY | O_CLOEXEC)

namespace app {

__attribute__((noinline)) int OpenLog() {
  const int fd = OPEN_NULL();
  asm("");
  return fd;
}
__attribute__((noinline)) int OpenOther() {
  const int fd = OPEN_NULL();
  asm("");
  return fd;
}
__attribute__((noinline)) int OpenByName() {
  const int fd = OPEN_NULL();
  asm("");
  return fd;
}

}  // namespace app

namespace {

int round_of_test = 0;
bool has_mine = false;

TEST(Log, IsOpenedOnFirstUse) {
  static const int log = app::OpenLog();
  ASSERT_GE(log, 0);
}

TEST(Leak, InEachRound) { OPEN_NULL(); }
TEST(Leak, NowAndThen) {
  if (++round_of_test % 2 == 1) OPEN_NULL();
}

TEST(Both, FirstUseAndALeak) {
  static const int kept = app::OpenOther();
  ASSERT_GE(kept, 0);
  OPEN_NULL();
}

// The first round leaves nothing to leak for the others.
TEST(Exhausted, EveryDescriptorIsLeaked) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  while (OPEN_NULL() >= 0) {
  }
}

bool scene_is_set = false;
TEST(Order, ASetsTheScene) { scene_is_set = true; }
TEST(Order, BLeaksAfterA) {
  if (scene_is_set) OPEN_NULL();
}
TEST(Order, CrashesWithoutA) {
  if (!scene_is_set) {
    std::fprintf(stderr, "without the scene\n");
    std::abort();
  }
  OPEN_NULL();
}

// Each is the first in a process of its own.
TEST(PerName, One) {
  static const int one = app::OpenByName();
  ASSERT_GE(one, 0);
}
TEST(PerName, Two) {
  static const int two = app::OpenByName();
  ASSERT_GE(two, 0);
}

// The thread is of first use; what it makes is not.
void Ask(int times) { leaktrap::children::Worker::Get().Ask(times); }
TEST(Worker, AStartsAndAsks) { Ask(1); }
TEST(Worker, BAsks) { Ask(2); }
TEST(LazyWorker, AStarts) { Ask(0); }
TEST(LazyWorker, BAsks) { Ask(2); }

class Numbers : public testing::TestWithParam<int> {};
TEST_P(Numbers, Leak) {
  if (GetParam() == 2) OPEN_NULL();
}
INSTANTIATE_TEST_SUITE_P(Small, Numbers, testing::Values(1, 2, 3));

template <typename T>
class Typed : public testing::Test {};
using IntAndLong = testing::Types<int, long>;
TYPED_TEST_SUITE(Typed, IntAndLong);
TYPED_TEST(Typed, Leaks) {
  if (std::is_same<TypeParam, long>::value) OPEN_NULL();
}

template <typename T>
class Pattern : public testing::Test {};
TYPED_TEST_SUITE_P(Pattern);
TYPED_TEST_P(Pattern, Leaks) { OPEN_NULL(); }
REGISTER_TYPED_TEST_SUITE_P(Pattern, Leaks);
INSTANTIATE_TYPED_TEST_SUITE_P(My, Pattern, IntAndLong);

TEST(Flag, FirstUseWithMine) {
  if (has_mine && ++round_of_test > 1) return;
  OPEN_NULL();
}

// A test before goes elsewhere, and nobody comes back.
TEST(Folder, AGoesElsewhere) { ASSERT_EQ(chdir("/"), 0); }
TEST(Folder, BMakesOnFirstUse) {
  static const int kept = OPEN_NULL();
  ASSERT_GE(kept, 0);
}

TEST(Scope, OnFirstUse) {
  VERIFY_NO_LEAKS();
  static const int kept = OPEN_NULL();
  ASSERT_GE(kept, 0);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  has_mine = argc == 2 && std::string(argv[1]) == "--mine";
  // The process that runs a test again must not do the same in its turn.
  if (std::getenv("CONFIRM_BY_MAIN") != nullptr) {
    testing::AddGlobalTestEnvironment(
        new leaktrap::LeakEnvironment(leaktrap::Options().Confirm(4)));
  }
  if (argc > 2 || (argc == 2 && !has_mine)) return 64;
  return RUN_ALL_TESTS();
}
