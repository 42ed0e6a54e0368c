// A program that exits while its tests run.

#ifndef LEAKTRAP_EARLY_EXIT_H_
#define LEAKTRAP_EARLY_EXIT_H_

#include "gtest/gtest.h"
#include "leaktrap/check/options.h"

namespace leaktrap::internal {

// The tests of this process run. A test that calls exit(0) would have the whole
// run pass, with what it leaves and all that was to come after it: now this is
// told in a line, and the exit code is 1. So it is for quick_exit(3), whatever
// its status, and with the recorder for _exit(2). Where `options` let no leak
// fail, it is only told. Who kills the process, or runs another program in it
// (execve(2)), is not seen; nor is a forked child.
void TestsBegin(const Options& options);

// Those that run from now on; null if it is over. They are named then.
void ThisSuiteRuns(const testing::TestSuite* suite);
void ThisTestRuns(const testing::TestInfo* test);

// They have run: the process may exit as it likes.
void TestsEnd();

// The same, until they go on. Listeners end the program after its last round,
// and must where it has none (--gtest_repeat=-1).
void TestsPause();
void TestsGoOn();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_EARLY_EXIT_H_
