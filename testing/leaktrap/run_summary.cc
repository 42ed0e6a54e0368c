#include "leaktrap/run_summary.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/report/duration_text.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kShownTests = 5;

std::string Counted(int count, const char* one, const char* several) {
  return absl::StrCat(count, " ", count == 1 ? one : several);
}

}  // namespace

void RunSummary::CountVerdict(const Verdict& verdict) {
  leaks_ += static_cast<int>(verdict.judgement.leaks.size() +
                             verdict.judgement.only_reported.size());
  tolerated_ += static_cast<int>(verdict.judgement.tolerated.size());
  exceeded_ += static_cast<int>(verdict.exceeded.size());
  unmet_ += static_cast<int>(verdict.unmet.size());
  if (!verdict.error.empty()) ++errors_;
  waited_ += verdict.settled.waited;
  waited_in_vain_ += verdict.waited_in_vain;
}

void RunSummary::CountTime(const Verdict& verdict) {
  took_ += verdict.took;
  looking_ += verdict.took - verdict.settled.waited;
}

std::string RunSummary::NoteOnWaits(const Verdict& verdict) {
  if (waits_cut_to_.has_value() || !verdict.waits_from_now_on.has_value() ||
      waited_in_vain_ == std::chrono::nanoseconds::zero()) {
    return "";
  }
  waits_cut_to_ = verdict.waits_from_now_on;
  return absl::StrCat(
      "Leaktrap: all the time that a run may wait for leaks that stay is used "
      "up. From now on it waits ",
      DurationText(*waits_cut_to_),
      ", and what ends later than that may be told as a leak; "
      "--leaktrap_wait_in_total=TIME gives more.");
}

void RunSummary::CountGrowth(const std::string& test, const Verdict& verdict) {
  for (const PoolGrowth& grown : verdict.growth) {
    Growth& growth = grown_pools_[grown.pool];
    growth.by += grown.by;
    growth.tests.push_back(absl::StrCat(grown.by, " since ", test));
  }
}

std::vector<std::string> RunSummary::GrownPools() const {
  std::vector<std::string> lines;
  for (const auto& [pool, growth] : grown_pools_) {
    const size_t shown = std::min(growth.tests.size(), kShownTests);
    std::string line = absl::StrCat(
        "pool \"", pool, "\" was left with ", growth.by, " more idle ",
        growth.by == 1 ? "connection: " : "connections: ",
        absl::StrJoin(growth.tests.begin(), growth.tests.begin() + shown,
                      ", "));
    if (shown < growth.tests.size()) {
      absl::StrAppend(&line, ", and ", growth.tests.size() - shown,
                      " more tests");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void RunSummary::CountRules(const Options& options, const std::string& where) {
  for (const std::shared_ptr<RuleUse>& use : options.RuleUses()) {
    const std::string rule =
        where.empty() ? use->rule
                      : absl::StrCat(use->rule, " at ", Printable(where));
    bool& used = rules_[rule];
    used = used || use->matches > 0;
  }
}

void RunSummary::CountRules(const std::vector<Allowance>& allowances) {
  for (const Allowance& allowance : allowances) {
    // An expectation that is not met fails by itself.
    if (allowance.is_expected) continue;
    bool& used =
        rules_[absl::StrCat(allowance.use->rule, " at ",
                            Printable(allowance.file), ":", allowance.line)];
    used = used || allowance.use->matches > 0;
  }
}

std::vector<std::string> RunSummary::UnusedRules() const {
  std::vector<std::string> unused;
  for (const auto& [rule, used] : rules_) {
    if (!used) unused.push_back(rule);
  }
  return unused;
}

std::string RunSummary::Line(bool all_tests_ran) const {
  std::string line = absl::StrCat(
      Counted(tests_, "test", "tests"), " checked, ",
      not_checked_ == 0 ? "" : absl::StrCat(not_checked_, " not checked, "),
      Counted(leaks_, "leak", "leaks"), ", ", tolerated_, " tolerated, ");
  if (exceeded_ > 0) {
    absl::StrAppend(&line, Counted(exceeded_, "limit", "limits"),
                    " exceeded, ");
  }
  if (unmet_ > 0) {
    absl::StrAppend(&line, Counted(unmet_, "expectation", "expectations"),
                    " not met, ");
  }
  if (all_tests_ran) {
    absl::StrAppend(&line,
                    Counted(static_cast<int>(UnusedRules().size()),
                            "unused rule", "unused rules"),
                    ", ");
  }
  absl::StrAppend(&line, DurationText(looking_), " looking, ",
                  DurationText(waited_), " waited");
  if (waited_in_vain_ > std::chrono::nanoseconds::zero()) {
    absl::StrAppend(&line, ", ", DurationText(waited_in_vain_),
                    " of it in vain");
  }
  return line;
}

JsonSummary RunSummary::ForJson(bool all_tests_ran) const {
  JsonSummary summary;
  summary.tests = tests_;
  summary.not_checked = not_checked_;
  summary.leaks = leaks_;
  summary.tolerated = tolerated_;
  summary.exceeded = exceeded_;
  summary.unmet = unmet_;
  summary.waited = waited_;
  summary.waited_in_vain = waited_in_vain_;
  summary.waits_cut_to = waits_cut_to_;
  summary.took = took_;
  summary.all_tests_ran = all_tests_ran;
  summary.unused_rules = UnusedRules();
  return summary;
}

}  // namespace leaktrap::internal
