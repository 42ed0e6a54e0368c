// Text from the kernel and from users, made fit for a report.

#ifndef LEAKTRAP_PROBE_PRINTABLE_TEXT_H_
#define LEAKTRAP_PROBE_PRINTABLE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace leaktrap::internal {

// `text` as valid UTF-8 on one line: bytes that are not UTF-8, and those of
// characters that are unfit to be shown (see IsUnfitToShow), become \n, \r, \t
// or \xNN; all else, backslashes too, stays as it is. So what is printable
// already does not change.
std::string Printable(std::string_view text);

// No line of a report is longer, in bytes. It holds whatever a name or a path
// is in practice.
inline constexpr size_t kLongestLine = 1000;

// A text of several lines, each made printable; the longer ones without their
// middle, of which they tell how long it was. Neither an end of a line nor what
// it says at its own end is lost. What the machine that runs the tests may take
// for a command of its own is spelled out too: "::" that begins a line becomes
// \x3a:, and "##[", "##vso[" and the like \x23#[. What has gone through this
// does not change.
// Names must have been made printable before they became part of the text, or
// they may hold ends of lines themselves.
std::string PrintableLines(std::string_view text);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PRINTABLE_TEXT_H_
