// Why a report names functions without files and lines.

#ifndef LEAKTRAP_REPORT_MISSING_LINES_H_
#define LEAKTRAP_REPORT_MISSING_LINES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

// "\n  no lines: ", and why, if in one of `stacks` the innermost function of
// the user's own has no line; else empty. Code in any library that is not the
// system's is the user's own. Stacks of the system's libraries alone need no
// remark, nor do lines that are missing further out. Any thread may call.
std::string MissingLinesText(const std::vector<std::vector<uintptr_t>>& stacks);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_MISSING_LINES_H_
