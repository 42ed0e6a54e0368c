#include "leaktrap/leak_scope.h"

#include <exception>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "leaktrap/callers_state.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rule_set.h"
#include "leaktrap/check/scopes.h"
#include "leaktrap/raise.h"
#include "leaktrap/trap.h"

namespace leaktrap {

struct LeakScope::State {
  const char* file;
  int line;
  Options options;
  internal::Scopes::Id id;
  int exceptions_in_flight;
};

LeakScope::LeakScope(const char* file, int line, const Options& options) {
  const internal::CallersState kept;
  internal::Trap& trap = internal::Trap::Get();
  const std::string problem = trap.WhyNoScope();
  if (!problem.empty()) {
    internal::RaiseFailure(file, line,
                           absl::StrCat("VERIFY_NO_LEAKS ", problem));
    return;
  }
  if (!trap.watches()) return;
  for (const std::string& error : options.errors()) {
    internal::RaiseFailure(file, line, absl::StrCat("Leaktrap: ", error));
  }
  if (!options.errors().empty()) return;
  for (const auto& set : options.rule_sets()) {
    const std::string missing = internal::ProblemOf(*set);
    if (missing.empty()) continue;
    internal::RaiseFailure(file, line, absl::StrCat("Leaktrap: ", missing));
    return;
  }
  state_ = std::make_unique<State>(State{file, line, options,
                                         trap.OpenScope(options),
                                         std::uncaught_exceptions()});
}

LeakScope::~LeakScope() {
  if (state_ == nullptr) return;
  const internal::CallersState kept;
  const bool thrown_through =
      std::uncaught_exceptions() > state_->exceptions_in_flight;
  internal::Trap::Get().CloseScope(state_->id, state_->file, state_->line,
                                   state_->options, thrown_through);
}

}  // namespace leaktrap
