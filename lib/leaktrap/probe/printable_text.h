// Text from the kernel and from users, made fit for one line of a report.

#ifndef LEAKTRAP_PROBE_PRINTABLE_TEXT_H_
#define LEAKTRAP_PROBE_PRINTABLE_TEXT_H_

#include <string>
#include <string_view>

namespace leaktrap::internal {

// `text` as valid UTF-8 on one line: control characters and bytes that are not
// UTF-8 become \n, \r, \t or \xNN; all else, backslashes too, stays as it is.
std::string Printable(std::string_view text);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PRINTABLE_TEXT_H_
