// Paths of source files as an editor can open them.

#ifndef LEAKTRAP_STACK_SOURCE_PATH_H_
#define LEAKTRAP_STACK_SOURCE_PATH_H_

#include <string>
#include <string_view>

namespace leaktrap::internal {

// `file`, as the debug information spells it, relative to the workspace where
// Bazel compiled it. Of a header that Bazel shows to the compiler under another
// path (strip_include_prefix, include_prefix), the path in the workspace, as
// far as the two have folders in common.
std::string SourcePath(std::string_view file);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_SOURCE_PATH_H_
