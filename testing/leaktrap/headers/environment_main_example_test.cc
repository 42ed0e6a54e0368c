// The main that environment.h shows; see header_examples_test.cc.

#include <chrono>

#include "gtest/gtest.h"
#include "leaktrap/environment.h"

TEST(HeaderExample, IsChecked) {}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
      leaktrap::Options().Linger(std::chrono::seconds(5))));
  return RUN_ALL_TESTS();
}
