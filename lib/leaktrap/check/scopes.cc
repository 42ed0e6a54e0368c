#include "leaktrap/check/scopes.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/allowance.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/run_all.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

// Pools are asked only where somebody wants to know.
bool AsksPools(const Options& options) {
  return !options.limits().empty() &&
         options.mode(Kind::kConnection) != Mode::kOff;
}

// A pool is a user's code, and may throw.
std::vector<PoolUsage> AskPools(std::string* error) {
  std::vector<PoolUsage> usage;
  const std::string thrown =
      RunAll({[&usage] { usage = TakePoolUsage(); }}, "a pool");
  if (error->empty()) *error = thrown;
  return usage;
}

// Who asks for a scope of his own has few of them, and wants to know all.
Verifier::QuickAfter QuickAfterOf(Scopes::By by, Since since) {
  if (by == Scopes::By::kUser) return std::nullopt;
  return since;
}

// The one that released `identity`; nothing if it was not recorded.
std::optional<Release> FindRelease(const Identity& identity,
                                   const std::vector<Release>& releases) {
  std::optional<Release> of_that_number;
  for (const Release& release : releases) {
    if (release.kind != identity.kind || release.number != identity.number ||
        release.first_at.has_value()) {
      continue;
    }
    if (release.made.sequence == identity.sequence) return release;
    // A duplicate has a sequence other than the file's.
    if (!of_that_number.has_value()) of_that_number = release;
  }
  return of_that_number;
}

}  // namespace

Scopes::Id Scopes::Open(By by, const Options& own, Since since) {
  const auto start = verifier_.clock().Now();
  static Id last_id = 0;
  OpenScope scope = {++last_id,
                     by,
                     open_.empty() ? options_ : open_.back().options,
                     open_.empty() ? program_budget_ : open_.back().budget,
                     {},
                     {},
                     {},
                     {},
                     {}};
  if (by == By::kLeaktrap || open_.empty()) {
    scope.budget.in_scope.RenewAll();
    scope.budget.judged.RenewAll();
    scope.budget.allowances = {};
  }
  for (Kind kind : kAllKinds) {
    if (own.tolerance(kind).use == nullptr) continue;
    scope.counts_itself.insert(kind);
    scope.budget.in_scope.Renew(kind);
    scope.budget.judged.Renew(kind);
    scope.budget.allowances.Clear(kind);
  }
  if (by == By::kLeaktrap) scope.budget.known.Renew();
  scope.options.Append(own);
  scope.before = verifier_.Baseline(scope.options, QuickAfterOf(by, since));
  if (AsksPools(scope.options)) {
    const std::vector<PoolUsage> usage = AskPools(&scope.before.error);
    if (!open_.empty()) open_.back().pools.Add(usage);
    scope.pools.Resume(usage);
  }
  ForgetGone(scope.before, scope.options);
  // What a test opens and closes again within itself is its own affair.
  if (by == By::kLeaktrap) ForgetReturned(scope.before);
  scope.opening_took = verifier_.clock().Now() - start;
  open_.push_back(std::move(scope));
  return last_id;
}

void Scopes::Allow(const Allowance& allowance) {
  OpenScope& scope = open_.back();
  Budget& budget = scope.budget;
  const Kind kind = allowance.kind;
  const bool is_first =
      std::none_of(scope.allowances.begin(), scope.allowances.end(),
                   [kind](const Allowance& own) { return own.kind == kind; });
  if (is_first && scope.counts_itself.count(kind) != 0) {
    const Tolerance own = scope.options.tolerance(kind);
    budget.allowances.Add({kind, own.count, own.reason, false, "", 0, own.use});
  } else if (is_first) {
    budget.in_scope.Renew(kind);
    budget.judged.Renew(kind);
    budget.allowances.Clear(kind);
  }
  budget.allowances.Add(allowance);
  scope.allowances.push_back(allowance);
}

void Scopes::JudgeAllowances(const OpenScope& scope, Judged judged,
                             Verdict* verdict) {
  verdict->allowances = scope.allowances;
  if (!verdict->error.empty()) return;
  // Surplus there is only of what was left.
  if (scope.allowances.empty() && verdict->judgement.leaks.empty() &&
      verdict->judgement.only_reported.empty()) {
    return;
  }
  Allowances own;
  for (const Allowance& allowance : scope.allowances) own.Add(allowance);
  const auto add_unchecked = [&](Kind kind, const std::string& why) {
    for (Unmet& unchecked : UncheckedOf(own, kind, why)) {
      verdict->unchecked.push_back(std::move(unchecked));
    }
  };
  if (judged == Judged::kForNow) {
    for (Kind kind : kAllKinds) {
      add_unchecked(kind, "an exception left the scope");
    }
    return;
  }
  std::map<Kind, int> left;
  for (const auto* leaks :
       {&verdict->judgement.leaks, &verdict->judgement.only_reported}) {
    for (const Resource& leak : *leaks) ++left[leak.identity.kind];
  }
  const Budget& budget = scope.budget;
  std::vector<std::string> counts;
  for (const auto& [kind, count] : left) {
    counts.push_back(CountOf(kind, count));
    if (budget.allowances.Has(kind)) {
      verdict->surplus.push_back(SurplusText(budget.allowances, kind, count));
    }
  }
  for (Kind kind : kAllKinds) {
    const Mode mode = scope.options.mode(kind);
    if (mode == Mode::kOff) {
      add_unchecked(kind, absl::StrCat(std::string(KindPlural(kind)),
                                       " are not looked for (mode off)"));
      continue;
    }
    for (Unmet& unmet : UnmetOf(own, kind, budget.judged.count(kind),
                                absl::StrJoin(counts, ", "))) {
      unmet.only_reported = mode == Mode::kReport;
      verdict->unmet.push_back(std::move(unmet));
    }
  }
}

Verdict Scopes::Close(Id id, const std::string& name, Judged judged) {
  while (open_.back().id != id) open_.pop_back();
  OpenScope scope = std::move(open_.back());
  open_.pop_back();
  Verdict verdict;
  verdict.error =
      RunAll(scope.options.before_check(), "the function given to BeforeCheck");
  const auto start = verifier_.clock().Now();
  if (verdict.error.empty()) verdict.error = scope.before.error;
  if (verdict.error.empty()) {
    // What took a place that came in here is judged like what came anew.
    reported_.ForgetPlacesFrom(id);
    const bool is_final = judged == Judged::kFinally;
    std::optional<Reported> apart;
    if (!is_final) apart = reported_;
    const Budget budget = is_final ? scope.budget : Apart(scope.budget);
    verdict = verifier_.Check(name, scope.before, scope.options, budget,
                              is_final ? &reported_ : &*apart,
                              QuickAfterOf(scope.by, Since::kTest));
    if (is_final) Conclude(scope, &verdict);
    JudgeAllowances(scope, judged, &verdict);
  }
  if (AsksPools(scope.options)) JudgePools(&scope, judged, &verdict);
  verdict.took = scope.opening_took + (verifier_.clock().Now() - start);
  return verdict;
}

Verdict Scopes::Disregard(Id id, const std::string& charged_to) {
  const auto start = verifier_.clock().Now();
  while (open_.back().id != id) open_.pop_back();
  OpenScope scope = std::move(open_.back());
  open_.pop_back();
  Verdict verdict;
  verdict.settled.looks = 1;
  verdict.settled.ended = Ended::kNotJudged;
  verdict.last_look =
      verifier_.Baseline(scope.options, QuickAfterOf(scope.by, Since::kTest));
  const Snapshot& now = verdict.last_look;
  verdict.error = scope.before.error.empty() ? now.error : scope.before.error;
  if (AsksPools(scope.options)) {
    JudgePools(&scope, Judged::kFinally, &verdict);
    verdict.exceeded.clear();
  }
  verdict.took = scope.opening_took + (verifier_.clock().Now() - start);
  if (!verdict.error.empty()) {
    verdict.settled.ended = Ended::kCouldNotLook;
    return verdict;
  }
  std::vector<Resource> left;
  for (const Identity& identity : Created(scope.before, now, reported_)) {
    reported_.Add(identity, {});
    left.emplace_back().identity = identity;
  }
  reported_.ForgivePlacesFrom(id);
  if (!charged_to.empty()) ChargeThreads(charged_to, left);
  for (const Identity& identity : Gone(scope.before, now)) {
    if (identity.kind == Kind::kDescriptor) told_gone_.Add(identity, {});
  }
  releases_told_ = std::max(releases_told_, now.releases);
  return verdict;
}

void Scopes::JudgePools(OpenScope* scope, Judged judged, Verdict* verdict) {
  const std::vector<PoolUsage> usage = AskPools(&verdict->error);
  scope->pools.Add(usage);
  verdict->exceeded = scope->pools.Exceeded(scope->options.limits());
  verdict->limits_only_reported =
      scope->options.mode(Kind::kConnection) == Mode::kReport;
  if (open_.empty()) return;
  if (judged == Judged::kForNow) open_.back().pools.Absorb(scope->pools);
  open_.back().pools.Resume(usage);
}

void Scopes::Abandon(Id id) {
  if (!IsOpen(id)) return;
  while (open_.back().id != id) open_.pop_back();
  open_.pop_back();
}

bool Scopes::IsOpen(Id id) const {
  return std::any_of(open_.begin(), open_.end(),
                     [id](const OpenScope& scope) { return scope.id == id; });
}

void Scopes::Conclude(const OpenScope& scope, Verdict* verdict) {
  const auto set_came_in = [this](const Identity& identity) {
    reported_.SetCameIn(identity,
                        InnermostWithout(reported_.PlaceOf(identity)));
  };
  for (const Resource& resource : verdict->replacing) {
    set_came_in(resource.identity);
  }
  for (const ToleratedLeak& leak : verdict->judgement.tolerated) {
    set_came_in(leak.resource.identity);
  }
  for (Resource& resource : verdict->charged_elsewhere) {
    if (!resource.origin.has_value() || resource.origin->charged_to == 0) {
      continue;
    }
    resource.hint =
        absl::StrCat("made by a thread that ",
                     owner(resource.origin->charged_to), " left behind");
  }
  ForgetGone(verdict->last_look, scope.options);
  verdict->late = std::exchange(late_, {});
  TellReleases(scope, verdict);
}

void Scopes::ChargeThreads(const std::string& name,
                           const std::vector<Resource>& leaks) {
  OriginSource* const origins = verifier_.origins();
  if (origins == nullptr) return;
  bool is_owner = false;
  for (const Resource& leak : leaks) {
    if (leak.identity.kind != Kind::kThread ||
        leak.identity.IsFinishedThread()) {
      continue;
    }
    if (!std::exchange(is_owner, true)) owners_.push_back(name);
    origins->Charge(leak.identity, static_cast<uint32_t>(owners_.size()));
  }
}

void Scopes::TellReleases(const OpenScope& scope, Verdict* verdict) {
  std::vector<Release> releases;
  if (verifier_.origins() != nullptr) {
    releases = verifier_.origins()->ReleasesAfter(
        std::max(scope.before.releases, releases_told_));
  }
  if (!verdict->error.empty()) return;
  ExcuseReplaced(scope, *verdict);
  // A scope of a test's own closes what the test has made: that is the test's
  // affair.
  if (scope.by == By::kUser) return;
  releases_told_ = std::max(releases_told_, verdict->last_look.releases);
  for (const Identity& identity : verdict->gone) {
    if (identity.kind != Kind::kDescriptor || told_gone_.Has(identity)) {
      continue;
    }
    told_gone_.Add(identity, {});
    verdict->foreign_releases.push_back(
        {identity, FindRelease(identity, releases)});
  }
  for (Release& release : releases) {
    if (release.first_at.has_value()) {
      verdict->repeated_releases.push_back(std::move(release));
    }
  }
}

void Scopes::ExcuseReplaced(const OpenScope& scope, const Verdict& verdict) {
  if (verdict.replacing.empty() && verdict.judgement.tolerated.empty()) return;
  const std::set<Identity> not_replaced(verdict.gone.begin(),
                                        verdict.gone.end());
  for (const Identity& identity : Gone(scope.before, verdict.last_look)) {
    if (identity.kind != Kind::kDescriptor ||
        not_replaced.count(identity) != 0) {
      continue;
    }
    if (IsMissed(identity)) told_gone_.Add(identity, {});
  }
}

Scopes::Id Scopes::InnermostWithout(const Identity& identity) const {
  Id innermost = 0;
  for (const OpenScope& scope : open_) {
    if (Shows(scope.before, identity)) break;
    innermost = scope.id;
  }
  return innermost;
}

bool Scopes::IsMissed(const Identity& identity) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&identity](const OpenScope& scope) {
                       return Shows(scope.before, identity);
                     });
}

void Scopes::ForgetGone(const Snapshot& now, const Options& options) {
  if (!now.error.empty() || now.seen == last_forgotten_) return;
  last_forgotten_ = now.seen;
  std::vector<Identity> gone;
  const auto now_at = verifier_.clock().Now();
  for (const auto& [identity, entry] : reported_.entries()) {
    if (options.mode(identity.kind) == Mode::kOff || Shows(now, identity)) {
      continue;
    }
    if (reported_.places().count(identity) != 0) continue;
    gone.push_back(identity);
    if (!entry.text.empty()) {
      late_.push_back({entry.text, entry.owner, now_at - entry.at, identity});
    }
  }
  for (const auto& [identity, place] : reported_.places()) {
    if (options.mode(identity.kind) == Mode::kOff) continue;
    if (Shows(now, identity)) {
      reported_.Occupy(identity);
    } else if (IsMissed(identity)) {
      reported_.Vacate(identity);
    } else {
      gone.push_back(identity);
    }
  }
  for (const Identity& identity : gone) reported_.Erase(identity);
}

void Scopes::ForgetReturned(const Snapshot& now) {
  if (std::exchange(last_returned_, now.seen) == now.seen) return;
  std::vector<Identity> returned;
  for (const auto& [identity, entry] : told_gone_.entries()) {
    if (Shows(now, identity) || !IsMissed(identity)) {
      returned.push_back(identity);
    }
  }
  for (const Identity& identity : returned) told_gone_.Erase(identity);
}

}  // namespace leaktrap::internal
