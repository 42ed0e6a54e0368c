// Leaks outside tests: of a suite, of an environment, of the program.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

class SuiteThatLeaks : public testing::Test {
 protected:
  static void SetUpTestSuite() { OpenNull(); }
};
TEST_F(SuiteThatLeaks, First) {}
TEST_F(SuiteThatLeaks, Second) {}

class SuiteThatReleases : public testing::Test {
 protected:
  static void SetUpTestSuite() { descriptor_ = OpenNull(); }
  static void TearDownTestSuite() { close(descriptor_); }
  inline static int descriptor_ = -1;
};
TEST_F(SuiteThatReleases, Only) {}

// The test's leak is the test's alone.
TEST(SuiteOfALeakingTest, Leaks) { OpenNull(); }

class Environment : public testing::Environment {
 public:
  void SetUp() override {
    if (std::getenv("ENVIRONMENT_LEAKS") != nullptr) OpenNull();
    descriptor_ = OpenNull();
  }
  void TearDown() override { close(descriptor_); }

 private:
  int descriptor_ = -1;
};

[[maybe_unused]] testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new Environment);

}  // namespace
