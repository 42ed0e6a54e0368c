// Who left something behind, in words that are the same in every run.

#ifndef LEAKTRAP_CHECK_RULE_OF_H_
#define LEAKTRAP_CHECK_RULE_OF_H_

#include <string>

#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// The rule that names `leak` by what does not change from run to run: its kind,
// and the innermost function of the user's own that made it; or, where that is
// not known, its name without numbers. No test, no count, no reason. Inlined
// functions are passed over: without debug information nobody knows them.
FileRule RuleOf(const Resource& leak);

// That function's bare name; empty if it is not known.
std::string MakerOf(const Resource& leak);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RULE_OF_H_
