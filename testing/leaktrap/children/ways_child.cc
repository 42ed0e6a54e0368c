// Leaking tests and clean ones, to be run in all of GoogleTest's ways.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

#include "children/parking.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::children::LeakThread;
using leaktrap::children::Parking;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(Leak, Thread) { LeakThread(); }
TEST(Leak, Descriptor) { OpenNull(); }
TEST(Leak, DISABLED_Descriptor) { OpenNull(); }

TEST(Clean, Thread) {
  Parking parking;
  std::thread thread([&] { parking.Park(); });
  parking.Open();
  thread.join();
}
TEST(Clean, Descriptor) { close(OpenNull()); }
TEST(Clean, Empty) {}

class SuiteThatLeaks : public testing::Test {
 protected:
  static void SetUpTestSuite() { OpenNull(); }
};
TEST_F(SuiteThatLeaks, First) {}
TEST_F(SuiteThatLeaks, Second) { close(OpenNull()); }

class Numbers : public testing::TestWithParam<int> {};
TEST_P(Numbers, TwoLeaks) {
  if (GetParam() == 2) OpenNull();
}
INSTANTIATE_TEST_SUITE_P(Small, Numbers, testing::Values(1, 2, 3));

template <typename T>
class Typed : public testing::Test {};
using IntAndLong = testing::Types<int, long>;
TYPED_TEST_SUITE(Typed, IntAndLong);
TYPED_TEST(Typed, LongLeaks) {
  if (std::is_same<TypeParam, long>::value) OpenNull();
}

template <typename T>
class Pattern : public testing::Test {};
TYPED_TEST_SUITE_P(Pattern);
TYPED_TEST_P(Pattern, LongLeaks) {
  if (std::is_same<TypeParam, long>::value) OpenNull();
}
REGISTER_TYPED_TEST_SUITE_P(Pattern, LongLeaks);
INSTANTIATE_TYPED_TEST_SUITE_P(My, Pattern, IntAndLong);

// What a death test's child leaves behind is gone with the child.
void LeakBothAndExit() {
  LeakThread();
  OpenNull();
  std::exit(3);
}

void LeakBothAndAbort() {
  LeakThread();
  OpenNull();
  std::abort();
}

void LeakInAScopeAndExit() {
  {
    VERIFY_NO_LEAKS();
    OpenNull();
  }
  std::exit(3);
}

TEST(Death, ChildExits) {
  EXPECT_EXIT(LeakBothAndExit(), testing::ExitedWithCode(3), "^$");
}
TEST(Death, ChildAborts) { EXPECT_DEATH(LeakBothAndAbort(), "^$"); }
TEST(Death, ChildExitsWithoutHandlers) {
  EXPECT_EXIT(_exit(0), testing::ExitedWithCode(0), "^$");
  EXPECT_EXIT(std::quick_exit(0), testing::ExitedWithCode(0), "^$");
}
TEST(Death, ChildLeavesAScope) {
  VERIFY_NO_LEAKS();
  EXPECT_EXIT(LeakInAScopeAndExit(), testing::ExitedWithCode(3), "^$");
}
TEST(Death, ParentLeaks) {
  OpenNull();
  EXPECT_EXIT(LeakBothAndExit(), testing::ExitedWithCode(3), "^$");
}

TEST(Throws, Uncaught) { throw std::runtime_error("thrown by the test"); }

// A test that runs another test of its own binary.
TEST(Reexec, OfALeakingTest) {
  const char* const args[] = {"again", "--gtest_filter=Leak.Descriptor",
                              nullptr};
  pid_t child = -1;
  ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr,
                        const_cast<char* const*>(args), environ),
            0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
}

}  // namespace

int main(int argc, char** argv) {
  if (std::getenv("INIT_GOOGLE_MOCK") != nullptr) {
    testing::InitGoogleMock(&argc, argv);
  } else {
    testing::InitGoogleTest(&argc, argv);
  }
  if (const char* const first = std::getenv("RUN_THIS_FIRST")) {
    const std::string filter = GTEST_FLAG_GET(filter);
    GTEST_FLAG_SET(filter, first);
    const int result_of_first = RUN_ALL_TESTS();
    GTEST_FLAG_SET(filter, filter);
    return 10 * result_of_first + RUN_ALL_TESTS();
  }
  if (std::getenv("ON_ANOTHER_THREAD") != nullptr) {
    int result = -1;
    std::thread([&] { result = RUN_ALL_TESTS(); }).join();
    return result;
  }
  return RUN_ALL_TESTS();
}
