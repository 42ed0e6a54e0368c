// The main that leaktrap.h shows; see header_examples_test.cc.

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

TEST(HeaderExample, IsChecked) {}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  testing::AddGlobalTestEnvironment(new leaktrap::LeakEnvironment(
      leaktrap::Options().IgnoreThread("log-flush*", "lives as long as main")));
  return RUN_ALL_TESTS();
}
