#include "leaktrap/reporter.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/raise.h"
#include "leaktrap/report/text_report.h"

namespace leaktrap::internal {

std::string Reporter::WhyOnlyNoted(const testing::TestResult& result) const {
  if (result.Skipped()) return "the test was skipped";
  int failures = 0;
  for (int i = 0; i < result.total_part_count(); ++i) {
    if (result.GetTestPartResult(i).failed()) ++failures;
  }
  return failures > raised_in_test_ ? "the test has failed before" : "";
}

void Reporter::Conclude(const std::string& owner, const Place& place,
                        const Verdict& verdict) {
  if (place.counts) summary_.CountVerdict(verdict);
  if (!verdict.error.empty()) {
    Fail(place, absl::StrCat("Leaktrap could not look after ", owner, ": ",
                             verdict.error));
  }
  const Judgement& judgement = verdict.judgement;
  if (!judgement.tolerated.empty()) {
    PrintNote(
        absl::StrCat("Leaktrap: ", ToleratedText(owner, judgement.tolerated)));
  }
  if (!judgement.only_reported.empty()) {
    PrintNote(absl::StrCat(
        "Leaktrap, only reporting: ",
        LeakText(owner, judgement.only_reported, verdict.settled)));
  }
  if (!verdict.passing.empty()) {
    PrintNote(absl::StrCat(
        "Leaktrap, only a note since at each look they were others: ",
        LeakText(owner, verdict.passing, verdict.settled)));
  }
  std::vector<std::string> reports;
  if (!judgement.leaks.empty()) {
    reports.push_back(LeakText(owner, judgement.leaks, verdict.settled));
  }
  for (const std::string& exceeded : verdict.exceeded) {
    const std::string report =
        absl::StrCat(owner, " went beyond a limit: ", exceeded);
    if (verdict.limits_only_reported) {
      PrintNote(absl::StrCat("Leaktrap, only reporting: ", report));
    } else {
      reports.push_back(report);
    }
  }
  for (const std::string& report : reports) {
    if (place.why_only_noted.empty()) {
      Fail(place, absl::StrCat("Leaktrap: ", report));
    } else {
      PrintNote(absl::StrCat("Leaktrap, only a note since ",
                             place.why_only_noted, ": ", report));
    }
  }
}

void Reporter::Fail(const Place& place, const std::string& message) {
  if (place.hold) {
    held_.push_back(message);
    // Told at once too: the run may not come to its end.
    PrintNote(message);
    return;
  }
  ++raised_in_test_;
  RaiseFailure(place.file, place.line, message);
}

void Reporter::RaiseHeld() {
  for (const std::string& message : held_) RaiseFailure(nullptr, -1, message);
  held_.clear();
}

}  // namespace leaktrap::internal
