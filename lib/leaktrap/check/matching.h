// What rules' patterns match.

#ifndef LEAKTRAP_CHECK_MATCHING_H_
#define LEAKTRAP_CHECK_MATCHING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// The functions of a stack, by their names.
using FunctionsOf = absl::FunctionRef<std::vector<std::string>(
    const std::vector<uintptr_t>& stack)>;

bool Matches(const IgnoreRule& rule, const Resource& resource,
             FunctionsOf functions_of);

// `place` is as in Options::place().
bool Matches(const FileRule& rule, const Resource& resource,
             const std::string& place, FunctionsOf functions_of);

// The same without what resources are: whether it is about `kind` at `place`.
bool IsAbout(const FileRule& rule, Kind kind, const std::string& place);

// A glob that matches `text` and nothing else.
std::string GlobOf(const std::string& text);
bool HasWildcards(const std::string& glob);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_MATCHING_H_
