// A duration, for people.

#ifndef LEAKTRAP_REPORT_DURATION_TEXT_H_
#define LEAKTRAP_REPORT_DURATION_TEXT_H_

#include <chrono>
#include <string>

namespace leaktrap::internal {

// "1.23s": three digits are enough to read.
std::string DurationText(std::chrono::nanoseconds exact);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_DURATION_TEXT_H_
