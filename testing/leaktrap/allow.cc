#include "leaktrap/allow.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/raise.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/trap.h"

namespace leaktrap::internal {

void Allow(Allowed allowed, Kind kind, int n, const std::string& reason,
           const char* file, int line) {
  const char* const name =
      allowed == Allowed::kExactly ? "LEAKTRAP_EXPECT_LEAK" : "LEAKTRAP_ALLOW";
  Trap& trap = Trap::Get();
  const std::string misplaced = trap.WhyNoAllowance();
  if (!misplaced.empty()) {
    RaiseFailure(file, line, absl::StrCat(name, " ", misplaced));
    return;
  }
  if (!trap.watches()) return;
  const std::string rule =
      absl::StrFormat("%s(%s, %d, \"%s\")", name, std::string(KindPlural(kind)),
                      n, Printable(reason));
  if (n < 1) {
    RaiseFailure(file, line,
                 absl::StrCat("Leaktrap: ", rule,
                              ": the count is below one; give at least 1"));
    return;
  }
  if (reason.empty()) {
    RaiseFailure(
        file, line,
        absl::StrCat(
            "Leaktrap: ", rule,
            ": the reason is empty; say why these leaks are forgiven"));
    return;
  }
  Allowance allowance;
  allowance.kind = kind;
  allowance.count = n;
  allowance.reason = reason;
  allowance.is_expected = allowed == Allowed::kExactly;
  allowance.file = file;
  allowance.line = line;
  allowance.use = std::make_shared<RuleUse>();
  allowance.use->rule = rule;
  trap.Allow(allowance);
}

}  // namespace leaktrap::internal
