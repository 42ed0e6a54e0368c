// The text of a file of rules, with counts that were found to be others.

#ifndef LEAKTRAP_CHECK_RULES_TEXT_H_
#define LEAKTRAP_CHECK_RULES_TEXT_H_

#include <string>
#include <vector>

#include "leaktrap/check/ratchet.h"

namespace leaktrap::internal {

struct RulesTextChange {
  std::string text;
  int added = 0;
  int raised = 0;
  int lowered = 0;
  int taken_out = 0;
};

// What is not changed stays as it is, comments and order. A rule that is not in
// the text any more, since another process has changed it too, is put back. New
// rules stand in the order of their tests, so that the same changes make the
// same file, whoever makes them first. An empty text gets a comment that says
// what it is.
RulesTextChange ChangeRules(const std::string& text,
                            const std::vector<RuleChange>& changes);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_RULES_TEXT_H_
