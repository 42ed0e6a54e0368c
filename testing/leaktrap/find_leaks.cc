#include "leaktrap/find_leaks.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/lookout.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/trap.h"

namespace leaktrap {
namespace {

std::string WhyNot(const internal::Snapshot* before, const Options& options) {
  if (!options.errors().empty()) return absl::StrJoin(options.errors(), "\n");
  if (!options.limits().empty()) {
    return "FindLeaks() knows nothing of limits on pools; give them to "
           "VERIFY_NO_LEAKS()";
  }
  return before == nullptr ? "no snapshot was taken; call Snapshot::Take()"
                           : before->error;
}

}  // namespace

Snapshot Snapshot::Take() {
  internal::Lookout& lookout = internal::Trap::Get().lookout();
  internal::Snapshot seen;
  seen.error = lookout.GetReady();
  if (seen.error.empty()) seen = lookout.Take();
  Snapshot snapshot;
  snapshot.seen_ = std::make_shared<const internal::Snapshot>(std::move(seen));
  return snapshot;
}

LeakReport::LeakReport(const Snapshot& before, const Options& options)
    : error_(WhyNot(before.seen_.get(), options)) {
  if (error_.empty()) {
    internal::Verdict verdict =
        internal::Trap::Get().lookout().FindLeaks(*before.seen_, options);
    error_ = verdict.error;
    // A value fails nothing, whatever the mode.
    leaks_ = std::move(verdict.judgement.leaks);
    std::move(verdict.judgement.only_reported.begin(),
              verdict.judgement.only_reported.end(),
              std::back_inserter(leaks_));
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
  return os << internal::PrintableLines("Leaktrap: " + report.text_);
}

}  // namespace leaktrap
