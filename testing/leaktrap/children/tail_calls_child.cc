// A leak whose maker has nothing left to do behind the call, nor has who called
// it: an optimizing compiler jumps there, and gives their frames up.

#include <sys/eventfd.h>

#include "gtest/gtest.h"

namespace {

__attribute__((noinline)) int MakeIt() {
  return eventfd(0, EFD_CLOEXEC);  // FRAME: OfTheMaker
}

__attribute__((noinline)) int PassOn() { return MakeIt(); }

__attribute__((noinline)) void Keep(int* kept) {
  *kept = PassOn();  // FRAME: OfWhoKeepsIt
}

TEST(Leaking, MadeByATailCall) {
  int kept = -1;
  Keep(&kept);
  EXPECT_GE(kept, 0);
}

// Nothing of the test's own is left on the stack.
TEST(Leaking, ByATestsLastCall) {  // FRAME: OfTheTest
  eventfd(0, EFD_CLOEXEC);         // FRAME: OfItsLastCall
}

}  // namespace
