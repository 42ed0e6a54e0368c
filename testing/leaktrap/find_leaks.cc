#include "leaktrap/find_leaks.h"

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/trap.h"

namespace leaktrap {

Snapshot Snapshot::Take() {
  internal::Trap& trap = internal::Trap::Get();
  internal::Snapshot seen;
  seen.error = trap.GetReady();
  if (seen.error.empty()) seen = trap.Take();
  Snapshot snapshot;
  snapshot.seen_ = std::make_shared<const internal::Snapshot>(std::move(seen));
  return snapshot;
}

LeakReport::LeakReport(const Snapshot& before, const Options& options) {
  error_ = absl::StrJoin(options.errors(), "\n");
  if (error_.empty()) error_ = before.seen_->error;
  if (error_.empty()) {
    internal::Verdict verdict =
        internal::Trap::Get().FindLeaks(*before.seen_, options);
    error_ = verdict.error;
    leaks_ = std::move(verdict.judgement.leaks);
    if (!leaks_.empty()) {
      text_ = internal::LeakText("What ran since the snapshot", leaks_,
                                 verdict.settled);
    }
  }
  if (!could_look()) text_ = absl::StrCat("could not look: ", error_);
  if (empty()) text_ = "nothing was left behind";
}

LeakReport FindLeaks(const Snapshot& before, const Options& options) {
  return LeakReport(before, options);
}

std::ostream& operator<<(std::ostream& os, const LeakReport& report) {
  return os << "Leaktrap: " << report.text_;
}

}  // namespace leaktrap
