// A main in place of gtest_main's.

#include <cstdio>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/flags.h"

int main(int argc, char** argv) {
  std::printf("Running main() from %s\n", __FILE__);
  testing::InitGoogleMock(&argc, argv);  // initialises GoogleTest too
  leaktrap::ParseFlags(&argc, argv);
  return RUN_ALL_TESTS();
}
