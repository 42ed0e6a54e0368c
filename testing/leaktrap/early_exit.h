// A program that exits while its tests run.

#ifndef LEAKTRAP_EARLY_EXIT_H_
#define LEAKTRAP_EARLY_EXIT_H_

namespace leaktrap::internal {

// The tests of this process run. A test that calls exit(0) would have the whole
// run pass, with what it leaves and all that was to come after it: now this is
// told in a line, and the exit code is 1. What ends the process without exit
// handlers (a signal, _exit(2), execve(2)) is not seen; nor is a forked child.
void TestsBegin();

// They have run: the process may exit as it likes.
void TestsEnd();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_EARLY_EXIT_H_
