#include "leaktrap/rounds.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "leaktrap/check/growth.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/console_color.h"
#include "leaktrap/raise.h"
#include "leaktrap/report/growth_text.h"
#include "leaktrap/report/makers.h"
#include "leaktrap/rerun.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kShownMakers = 20;

// Of more than these none is said to be gone late.
constexpr size_t kMostLeft = 65'536;

}  // namespace

bool Rounds::AreSeveral() { return GTEST_FLAG_GET(repeat) != 1; }

void Rounds::Start() { history_.StartRound(); }

void Rounds::Count(const std::string& owner, bool is_end, bool is_whole,
                   const Verdict& verdict) {
  if (!AreSeveral()) return;
  for (const LateRelease& late : verdict.late) {
    const auto found = left_.find(late.identity);
    if (found == left_.end()) continue;
    history_.Release(found->second, 1);
    left_.erase(found);
  }
  const Judgement& judgement = verdict.judgement;
  std::vector<Resource> tolerated;
  for (const ToleratedLeak& leak : judgement.tolerated) {
    tolerated.push_back(leak.resource);
  }
  const bool has_left = !judgement.leaks.empty() ||
                        !judgement.only_reported.empty() || !tolerated.empty();
  CountLeaks(owner, judgement.leaks);
  CountLeaks(owner, judgement.only_reported);
  CountLeaks(owner, tolerated);
  CountCharged(owner, is_end, verdict);
  if (is_end && verdict.error.empty() && (is_whole || has_left)) {
    history_.End(owner);
  }
}

void Rounds::CountLeaks(const std::string& owner,
                        const std::vector<Resource>& leaks) {
  for (const MadeByOne& maker : MakersOf(leaks)) {
    history_.Add(maker.signature, maker.place, owner,
                 static_cast<int>(maker.roots.size()));
    if (found_.size() < GrowthHistory::kMostMakers) {
      found_.insert(maker.signature);
    }
    for (const Identity& root : maker.roots) {
      if (left_.size() < kMostLeft) left_[root] = maker.signature;
    }
    // In another round a part may come alone: of a thread that was left before.
    for (size_t i = 0; i < maker.parts.size(); ++i) {
      const std::string& signature = maker.part_signatures[i];
      history_.Add(signature, "", owner, 1);
      if (left_.size() < kMostLeft) left_[maker.parts[i]] = signature;
    }
  }
}

// Whoever is charged with it: it is the same maker in each round.
void Rounds::CountCharged(const std::string& owner, bool is_end,
                          const Verdict& verdict) {
  if (!verdict.error.empty()) return;
  for (auto left = charged_.begin(); left != charged_.end();) {
    // A scope in a test may look at fewer kinds.
    if (!is_end || Shows(verdict.last_look, left->first)) {
      ++left;
      continue;
    }
    history_.Release(left->second, 1);
    left = charged_.erase(left);
  }
  for (const MadeByOne& maker : MakersOf(verdict.charged_elsewhere)) {
    history_.Add(maker.signature, maker.place, owner,
                 static_cast<int>(maker.roots.size()));
    if (found_.size() < GrowthHistory::kMostMakers) {
      found_.insert(maker.signature);
    }
    for (const Identity& root : maker.roots) {
      if (charged_.size() < kMostLeft) charged_[root] = maker.signature;
    }
  }
}

std::vector<MakerGrowth> Rounds::Makers() const {
  std::vector<MakerGrowth> makers = history_.Makers();
  makers.erase(std::remove_if(makers.begin(), makers.end(),
                              [this](const MakerGrowth& maker) {
                                return maker.growth == Growth::kUnknown ||
                                       found_.count(maker.signature) == 0;
                              }),
               makers.end());
  return makers;
}

void Rounds::Conclude() const {
  TellStarter(history_);
  const std::vector<MakerGrowth> makers = Makers();
  const size_t shown = std::min(makers.size(), kShownMakers);
  for (size_t i = 0; i < shown; ++i) {
    PrintNote(absl::StrCat("Leaktrap, ", GrowthText(makers[i])), Color::kYellow,
              makers[i].place);
  }
  if (shown < makers.size()) {
    PrintNote(absl::StrCat("Leaktrap: and ", makers.size() - shown,
                           " more makers, which the JSON report has."),
              Color::kYellow);
  }
  if (history_.is_cut()) {
    PrintNote(absl::StrCat("Leaktrap: there are more than ",
                           GrowthHistory::kMostMakers,
                           " makers; the rest was not followed from round to "
                           "round."),
              Color::kYellow);
  }
}

}  // namespace leaktrap::internal
