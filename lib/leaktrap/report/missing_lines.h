// Why a report names functions without files and lines.

#ifndef LEAKTRAP_REPORT_MISSING_LINES_H_
#define LEAKTRAP_REPORT_MISSING_LINES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

// "\n  no lines: ", and why, if one of `stacks` goes through the user's own
// code and knows no line of it; else empty. Stacks of libraries alone, and
// those that name one line of the user's, need no remark. Any thread may call.
std::string MissingLinesText(const std::vector<std::vector<uintptr_t>>& stacks);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_MISSING_LINES_H_
