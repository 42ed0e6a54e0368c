#include "leaktrap/confirm.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/report/duration_text.h"
#include "leaktrap/report/growth_text.h"
#include "leaktrap/report/makers.h"
#include "leaktrap/rerun.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;

// The machine may have more to do than before, and a program has to begin.
constexpr int kTimesAsLong = 10;
constexpr milliseconds kToBegin(10'000);

milliseconds TimeLimit(int rounds, milliseconds took, const Options& options) {
  const auto linger = std::chrono::duration_cast<milliseconds>(
      options.linger().value_or(DefaultLinger()));
  return rounds * (kTimesAsLong * took + linger) + kToBegin;
}

const MakerGrowth* Find(const std::string& signature,
                        const std::vector<MakerGrowth>& makers) {
  for (const MakerGrowth& maker : makers) {
    if (maker.signature == signature) return &maker;
  }
  return nullptr;
}

// A first round that uses up what there is leaves the next ones nothing to
// leak, and would look like first use.
constexpr int64_t kMostOfFirstUse = 16;

// Of `count` leaks of one maker.
bool IsFirstUse(int64_t count, const MakerGrowth* alone) {
  return count <= kMostOfFirstUse && alone != nullptr &&
         alone->growth == Growth::kFirstUse && count <= alone->left_at_first &&
         alone->rounds >= Options::kFewestConfirmRounds;
}

// What rounds of the test alone say of a maker of `count` leaks that stay.
std::string Remark(int64_t count, const MakerGrowth* alone,
                   const RerunResult& result) {
  const std::string rounds =
      absl::StrCat(result.rounds, " rounds of this test alone");
  if (alone == nullptr) {
    return absl::StrCat("not confirmed: in ", rounds, " ",
                        result.makers.empty() ? "nothing is left behind"
                                              : "this is not left behind",
                        "; it depends on the tests before");
  }
  switch (alone->growth) {
    case Growth::kGrowing:
      return absl::StrCat("confirmed: ", alone->PerRound(), " more in each of ",
                          rounds);
    case Growth::kNowAndThen:
      return absl::StrCat("confirmed: in ", alone->left_in, " of ", rounds);
    case Growth::kGoneLate:
      return absl::StrCat("not confirmed: in ", rounds,
                          " it is released, but late");
    case Growth::kFirstUse:
      if (alone->rounds < Options::kFewestConfirmRounds) {
        return absl::StrCat(
            "could not be confirmed: alone it came to its end in ",
            alone->rounds, " rounds, and ", Options::kFewestConfirmRounds,
            " are needed");
      }
      if (count > kMostOfFirstUse) {
        return absl::StrCat("not confirmed: in ", rounds,
                            " it looks like first use, but no more than ",
                            kMostOfFirstUse, " are taken for that; here it is ",
                            count);
      }
      return absl::StrCat("not confirmed: in ", rounds, " only ",
                          alone->left_at_first,
                          " is left behind, on first use; here it is ", count);
    case Growth::kUnknown:
      break;
  }
  return "could not be confirmed: the rounds of this test alone do not tell";
}

// Why leaks of `maker` stay; empty if it is of first use, and all that goes
// with it. A thread may be made once, and make something each time that it is
// asked.
std::string WhyItStays(const MadeByOne& maker, const RerunResult& result) {
  const auto count = static_cast<int64_t>(maker.roots.size());
  const MakerGrowth* const alone = Find(maker.signature, result.makers);
  if (!IsFirstUse(count, alone)) return Remark(count, alone, result);
  std::map<std::string, int64_t> with_it;
  for (const std::string& part : maker.part_signatures) ++with_it[part];
  for (const auto& [signature, parts] : with_it) {
    const MakerGrowth* const part = Find(signature, result.makers);
    if (IsFirstUse(parts, part)) continue;
    return absl::StrCat("with it goes ", signature, ", ",
                        Remark(parts, part, result));
  }
  return "";
}

std::string Failed(const RerunResult& result) {
  std::string text =
      absl::StrCat("\n  could not be confirmed: ", result.why_not);
  if (result.output.empty()) return text;
  absl::StrAppend(&text, "; it had written");
  for (const auto line : absl::StrSplit(result.output, '\n')) {
    // Marked, so that nobody takes it for a line of this process's own.
    absl::StrAppend(&text, "\n    | ", line);
  }
  return text;
}

// Takes what `maker` made out of the leaks.
void Tolerate(const MadeByOne& maker, const std::string& reason,
              Judgement* judgement) {
  std::set<Identity> made(maker.roots.begin(), maker.roots.end());
  made.insert(maker.parts.begin(), maker.parts.end());
  std::vector<Resource>& leaks = judgement->leaks;
  const auto first_made = std::stable_partition(
      leaks.begin(), leaks.end(),
      [&](const Resource& leak) { return made.count(leak.identity) == 0; });
  for (auto leak = first_made; leak != leaks.end(); ++leak) {
    ToleratedLeak tolerated;
    tolerated.resource = std::move(*leak);
    tolerated.reason = reason;
    judgement->tolerated.push_back(std::move(tolerated));
  }
  leaks.erase(first_made, leaks.end());
}

}  // namespace

Confirmer::Outcome Confirmer::Confirm(const std::string& test,
                                      milliseconds took, const Options& options,
                                      Verdict* verdict) {
  Outcome outcome;
  const int rounds = options.confirm();
  if (rounds == 0 || verdict->judgement.leaks.empty()) return outcome;
  const std::vector<MadeByOne> makers = MakersOf(verdict->judgement.leaks);
  const bool has_new = std::any_of(
      makers.begin(), makers.end(),
      [&](const MadeByOne& maker) { return met_.count(maker.signature) == 0; });
  RerunResult result;
  const std::string why_no_more = WhyNoMore();
  if (has_new && why_no_more.empty()) {
    ++run_again_;
    result = run_(test, rounds, TimeLimit(rounds, took, options));
    took_ += result.took;
  } else if (has_new) {
    ++not_run_again_;
    result.why_not = absl::StrCat(why_no_more, " in this run");
  }
  for (const MadeByOne& maker : makers) {
    const auto [met, is_new] = met_.try_emplace(maker.signature, test);
    const std::string why_it_stays = WhyItStays(maker, result);
    const std::string lead = makers.size() == 1
                                 ? "\n  "
                                 : absl::StrCat("\n  ", maker.signature, ": ");
    if (!is_new) {
      absl::StrAppend(&outcome.remarks, lead,
                      "no first use: the same maker has left something behind "
                      "before, in ",
                      met->second);
    } else if (!result.why_not.empty()) {
      continue;
    } else if (why_it_stays.empty()) {
      const std::string shown = absl::StrCat(
          "first use, as ", result.rounds, " rounds of ", test, " alone show");
      Tolerate(maker, shown, &verdict->judgement);
      outcome.notes.push_back(absl::StrCat(
          shown, ": ", maker.signature, maker.place.empty() ? "" : "\n  at ",
          maker.place, FirstUseAdvice(maker.signature)));
    } else {
      absl::StrAppend(&outcome.remarks, lead, why_it_stays);
    }
  }
  if (!result.why_not.empty()) outcome.remarks += Failed(result);
  return outcome;
}

std::string Confirmer::WhyNoMore() const {
  if (run_again_ >= kMostTests) {
    return absl::StrCat("so many as ", kMostTests,
                        " tests have been run again");
  }
  if (took_ <= kMostTime) return "";
  return absl::StrCat("running tests again has taken more than ",
                      DurationText(kMostTime));
}

std::string Confirmer::Note() const {
  if (not_run_again_ == 0) return "";
  return absl::StrCat("Leaktrap: ", not_run_again_, " more leaking ",
                      not_run_again_ == 1 ? "test was" : "tests were",
                      " not run again to confirm the leaks, since ",
                      WhyNoMore(),
                      "; --gtest_filter chooses those to look at.");
}

}  // namespace leaktrap::internal
