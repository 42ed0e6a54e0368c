// The main that flags.h shows; see header_examples_test.cc.

#include "gtest/gtest.h"
#include "leaktrap/flags.h"

TEST(HeaderExample, IsChecked) {}

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  return RUN_ALL_TESTS();
}
