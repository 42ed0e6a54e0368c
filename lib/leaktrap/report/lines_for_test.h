// A function that has lines, for tests whose own code has none.

#ifndef LEAKTRAP_REPORT_LINES_FOR_TEST_H_
#define LEAKTRAP_REPORT_LINES_FOR_TEST_H_

namespace leaktrap::internal {

int WithLines();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_LINES_FOR_TEST_H_
