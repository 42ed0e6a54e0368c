// A verdict as text.

#ifndef LEAKTRAP_REPORT_TEXT_REPORT_H_
#define LEAKTRAP_REPORT_TEXT_REPORT_H_

#include <chrono>
#include <string>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/report/findings.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// "Client.Get left behind 1 thread, 2 descriptors", then a paragraph for each
// leak, or for each group of alike ones, with what to call to release it, a
// line on what would bring lines of source where stacks have none
// (missing_lines.h), and one on how it was looked. `owner` is who left them: a
// test or a scope. Several lines, the last without a newline.
std::string LeakText(const std::string& owner,
                     const std::vector<Resource>& leaks,
                     const Settled& settled);

// What one finding of LeakText() is, for tools that show each at its line:
// "1 thread, 2 descriptors", and its paragraph, which begins with a newline.
std::string FindingCounts(const AlikeFindings& alike);
std::string FindingText(const AlikeFindings& alike);

// The beginnings of a line that says what to do, after the indentation.
inline constexpr char kReleaseLead[] = "to release it: ";
inline constexpr char kMendLead[] = "to mend it: ";

// One line a leak: what it is, and why it is forgiven.
std::string ToleratedText(const std::string& owner,
                          const std::vector<ToleratedLeak>& tolerated);

// "proof", "linger": as the last line of LeakText() has it.
const char* EndedWord(Ended ended);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_TEXT_REPORT_H_
