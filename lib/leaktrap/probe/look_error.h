// The one line that says why a probe could not look.

#ifndef LEAKTRAP_PROBE_LOOK_ERROR_H_
#define LEAKTRAP_PROBE_LOOK_ERROR_H_

#include <string>
#include <string_view>

#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {

// What could not be done, where, why (`error` is an errno value) and what to do
// about it: "cannot list /proc/self/task: No such file or directory; Leaktrap
// needs /proc mounted, or --leaktrap_mode=threads:off".
std::string LookError(std::string_view verb, std::string_view path, int error,
                      Kind kind);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_LOOK_ERROR_H_
