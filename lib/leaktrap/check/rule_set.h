// A file of rules, read for use.

#ifndef LEAKTRAP_CHECK_RULE_SET_H_
#define LEAKTRAP_CHECK_RULE_SET_H_

#include <string>
#include <vector>

#include "leaktrap/check/rules.h"

namespace leaktrap::internal {

// What is wrong is added to `*errors`, a line each; that there is no such file
// is for the caller to say: one that is to be written need not be there.
RuleSet ReadRuleSet(const std::string& path, std::vector<std::string>* errors);

// What is wrong with `set` where nothing is to be written; empty if nothing is.
std::string ProblemOf(const RuleSet& set);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RULE_SET_H_
