#include "leaktrap/leak_scope.h"

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/raise.h"
#include "leaktrap/trap.h"

namespace leaktrap {

struct LeakScope::State {
  const char* file;
  int line;
  Options options;
  internal::Snapshot before;
  int exceptions_in_flight;
};

LeakScope::LeakScope(const char* file, int line, const Options& options) {
  internal::Trap& trap = internal::Trap::Get();
  const std::string problem = trap.WhyNoScope();
  if (!problem.empty()) {
    internal::RaiseFailure(file, line,
                           absl::StrCat("VERIFY_NO_LEAKS ", problem));
    return;
  }
  if (!trap.watches()) return;
  if (!options.errors().empty()) {
    for (const std::string& error : options.errors()) {
      internal::RaiseFailure(file, line, absl::StrCat("Leaktrap: ", error));
    }
    return;
  }
  Options all = trap.options();
  all.Append(options);
  internal::Snapshot before = trap.Baseline(all);
  state_ = std::make_unique<State>(State{file, line, std::move(all),
                                         std::move(before),
                                         std::uncaught_exceptions()});
}

LeakScope::~LeakScope() {
  if (state_ == nullptr) return;
  const bool thrown_through =
      std::uncaught_exceptions() > state_->exceptions_in_flight;
  internal::Trap::Get().EndScope(state_->file, state_->line, state_->before,
                                 state_->options, thrown_through);
}

}  // namespace leaktrap
