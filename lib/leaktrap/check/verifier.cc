#include "leaktrap/check/verifier.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/check/built_in_rules.h"
#include "leaktrap/check/judge.h"
#include "leaktrap/check/known_leaks.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/patience.h"
#include "leaktrap/check/persistence.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/replacements.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/sanitizers.h"
#include "leaktrap/check/serving.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

using std::chrono::nanoseconds;

// Threads that come and go, for as long as the program runs.
constexpr size_t kMostRemembered = 65'536;

// `unknown` are those of `left` that no file of rules knows.
Seen Weigh(const std::vector<Identity>& left,
           const std::vector<Identity>& unknown, const Options& options,
           const Budget& budget) {
  if (left.empty()) return Seen::kNothing;
  std::map<Kind, int> counts;
  for (const Identity& identity : unknown) ++counts[identity.kind];
  const bool forgiven =
      std::all_of(counts.begin(), counts.end(), [&](const auto& entry) {
        // What has to be left must not be what only ends late, and the run's
        // count is not to be used up by that.
        if (budget.allowances.Expected(entry.first) >
            budget.judged.count(entry.first)) {
          return false;
        }
        return IsForgivenByScope(entry.first, entry.second, options, budget);
      });
  return forgiven ? Seen::kTolerated : Seen::kLeaks;
}

// A probe that shows a resource and cannot say what it is has still shown it.
Resource Undescribed(const Identity& identity) {
  Resource resource;
  resource.identity = identity;
  resource.description = std::to_string(identity.number);
  resource.likeness = "which their probe does not describe";
  return resource;
}

// What it was, once it is gone.
std::string TextOf(const Resource& resource) {
  if (resource.identity.kind == Kind::kOther) return resource.description;
  return absl::StrCat(std::string(KindName(resource.identity.kind)), " ",
                      resource.description);
}

std::vector<PoolGrowth> GrowthOf(const Snapshot& before,
                                 const Snapshot& after) {
  std::vector<PoolGrowth> growth;
  for (const auto& [serial, kept] : after.seen->kept_connections) {
    const auto known = before.seen->kept_connections.find(serial);
    const int idle_before =
        known == before.seen->kept_connections.end() ? 0 : known->second.count;
    if (kept.count > idle_before) {
      growth.push_back(
          {Printable(kept.pool), kept.count - idle_before, kept.count});
    }
  }
  return growth;
}

// A lease says only in its description who made it.
void TakeChargedLeases(std::vector<Resource>* resources,
                       std::vector<Resource>* charged) {
  const auto first_charged = std::stable_partition(
      resources->begin(), resources->end(), [](const Resource& resource) {
        return !resource.origin.has_value() || resource.origin->charged_to == 0;
      });
  std::move(first_charged, resources->end(), std::back_inserter(*charged));
  resources->erase(first_charged, resources->end());
}

}  // namespace

nanoseconds DefaultLinger() {
  constexpr std::chrono::seconds kLinger(2);
  return RunsSlowly() ? kLinger * 5 : kLinger;
}

Verdict Verifier::Check(const std::string& scope, const Snapshot& before,
                        const Options& options, const Budget& budget,
                        Reported* reported, QuickAfter quick_after) {
  Verdict verdict;
  verdict.last_look = Take(options, quick_after);
  if (verdict.last_look.seen == before.seen &&
      verdict.last_look.error.empty()) {
    verdict.settled.looks = 1;
    return verdict;
  }
  bool has_looked = true;
  std::vector<Identity> left;
  std::vector<Identity> charged;
  std::vector<Identity> ignored;
  Persistence persistence;
  const nanoseconds full = options.linger().value_or(DefaultLinger());
  const nanoseconds in_total = options.wait_in_total();
  const auto start = clock_.Now();
  std::optional<nanoseconds> limit;
  // What was there when a tenth of a full wait was over, if it took so long.
  std::optional<std::vector<Resource>> lasting;
  auto look = [&] {
    if (!std::exchange(has_looked, false)) {
      verdict.last_look = Take(options, quick_after);
    }
    const Snapshot& now = verdict.last_look;
    left = Created(before, now, *reported);
    if (!options.is_disabled(kPoolThreads)) {
      TakeServing(now, probes_, &left);
    }
    TakeRuntimesOwn(options, &left);
    charged = TakeCharged(&left);
    ignored = TakeIgnored(&left, options);
    persistence.Observe(clock_.Now(), left, Released(before, now));
    verdict.error = now.error;
    if (!now.error.empty()) return Seen::kNotSeen;
    // What only ends late is not to be written down, nor kept.
    return options.rules_update() == RulesUpdate::kNone
               ? Weigh(left, Unknown(left, options, budget), options, budget)
               : Weigh(left, left, options, budget);
  };
  auto proves_final = [&](absl::FunctionRef<Seen()> look_again) {
    if (!OnlyThisProcessChanges(left)) return false;
    return proof_.Holds(ChildrenMatter(left), [&] {
      const std::vector<Identity> seen_first = left;
      if (quick_after) probes_.TrustNext();
      return look_again() == Seen::kLeaks && left == seen_first;
    });
  };
  auto patience_with = [&](const std::vector<Resource>& resources) {
    return patience_.LingerFor(scope, resources, verdict.last_look, full,
                               in_total);
  };
  auto linger = [&] {
    if (!limit.has_value()) {
      limit = patience_with(patience_.Distinguishes(in_total)
                                ? DescribeQuickly(left)
                                : std::vector<Resource>());
    } else if (limit == full && !lasting.has_value() &&
               clock_.Now() - start > full / Patience::kShareOfRepeatedWait) {
      // Who made a thread is known only when that has begun to run.
      lasting = DescribeQuickly(left);
      limit = patience_with(*lasting);
    }
    return *limit;
  };
  verdict.settled = Settle(clock_, linger, look, proves_final);
  if (lasting.has_value() && verdict.error.empty()) {
    for (const Resource& resource : *lasting) {
      if (!std::binary_search(left.begin(), left.end(), resource.identity)) {
        patience_.WentLate(scope, resource);
      }
    }
  }

  if (verdict.settled.ended == Ended::kLinger) {
    const std::vector<Identity> passing =
        persistence.TakePassing(clock_.Now() - *limit / 2, &left);
    verdict.passing = Describe(passing, options);
  }
  // As long as no user's code runs: threads come before users' resources.
  const StandingThreads standing = proof_.TakeStanding();
  probes_.TheseStandStill(&standing);
  std::vector<Resource> resources = Describe(left, options);
  probes_.TheseStandStill(nullptr);
  verdict.charged_elsewhere = Describe(charged, options);
  TakeChargedLeases(&resources, &verdict.charged_elsewhere);
  Replacements replacements = TakeReplacements(
      LeftPlaces(before, verdict.last_look, options, *reported),
      origins() == nullptr ? std::vector<Release>()
                           : origins()->ReleasesAfter(before.releases),
      options, &resources);
  verdict.growth = GrowthOf(before, verdict.last_look);
  verdict.gone = std::move(replacements.not_replaced);
  verdict.replacing = std::move(replacements.by_same_maker);
  for (const Identity& identity : ignored) reported->Add(identity, {});
  for (const Resource& resource : verdict.charged_elsewhere) {
    reported->Add(resource.identity, {});
  }
  for (const auto& [identity, place] : replacements.taken) {
    reported->AddInPlaceOf(place, identity);
  }
  for (const Resource& resource : resources) {
    reported->Add(resource.identity, {});
    if (verdict.settled.ended == Ended::kLinger) {
      patience_.Stayed(scope, resource, /*in_full=*/limit == full);
    }
  }
  const bool was_waited = verdict.settled.ended == Ended::kLinger ||
                          verdict.settled.ended == Ended::kProof;
  if (was_waited && !resources.empty()) {
    verdict.waited_in_vain = verdict.settled.waited;
    // Looking takes its time, too, where there is much to see.
    patience_.AddInVain(clock_.Now() - start);
  }
  if (patience_.IsUsedUp(in_total)) {
    verdict.waits_from_now_on = full / Patience::kShareOfLateWait;
  }
  verdict.judgement =
      Judge(std::move(resources), options, budget, FunctionNames);
  for (const auto* leaks :
       {&verdict.judgement.leaks, &verdict.judgement.only_reported}) {
    for (const Resource& leak : *leaks) {
      // Nothing undoes what was given back dirty.
      const std::string text = leak.dirt.empty() ? TextOf(leak) : "";
      reported->Add(leak.identity, {scope, text, clock_.Now()});
    }
  }
  std::move(replacements.allowed.begin(), replacements.allowed.end(),
            std::back_inserter(verdict.judgement.tolerated));
  return verdict;
}

Snapshot Verifier::Take(const Options& options, QuickAfter quick_after) {
  if (quick_after) return probes_.TakeQuickly(options, *quick_after);
  probes_.ListNext();  // what was seen quickly may be older than this
  return probes_.Take(options);
}

Snapshot Verifier::Baseline(const Options& options, QuickAfter quick_after) {
  Snapshot baseline = Take(options, quick_after);
  if (origins() != nullptr) origins()->WatchReleases(baseline.last_sequence);
  return baseline;
}

void Verifier::TakeRuntimesOwn(const Options& options,
                               std::vector<Identity>* left) {
  const auto first_own = std::stable_partition(
      left->begin(), left->end(), [&](const Identity& identity) {
        const std::string rule = probes_.RuntimesOwn(identity);
        if (rule.empty() || options.is_disabled(rule)) return true;
        if (runtimes_own_.size() >= kMostRemembered) runtimes_own_.clear();
        runtimes_own_[identity] = rule;
        return false;
      });
  left->erase(first_own, left->end());
}

bool Verifier::IsRuntimesOwn(const Identity& identity,
                             const Options& options) const {
  const auto known = runtimes_own_.find(identity);
  return known != runtimes_own_.end() && !options.is_disabled(known->second);
}

std::vector<Identity> Verifier::LeftPlaces(const Snapshot& before,
                                           const Snapshot& after,
                                           const Options& options,
                                           const Reported& reported) const {
  std::vector<Identity> gone = GonePlaces(before, after, reported);
  gone.erase(std::remove_if(gone.begin(), gone.end(),
                            [&](const Identity& identity) {
                              return IsRuntimesOwn(identity, options);
                            }),
             gone.end());
  return gone;
}

std::vector<Identity> Verifier::TakeCharged(std::vector<Identity>* left) const {
  std::vector<Identity> charged;
  if (origins() == nullptr) return charged;
  const auto first_charged = std::stable_partition(
      left->begin(), left->end(), [&](const Identity& identity) {
        return origins()->ChargedTo(identity) == 0;
      });
  charged.assign(first_charged, left->end());
  left->erase(first_charged, left->end());
  return charged;
}

std::vector<Identity> Verifier::TakeIgnored(std::vector<Identity>* left,
                                            const Options& options) const {
  const auto first_ignored = std::stable_partition(
      left->begin(), left->end(), [&](const Identity& identity) {
        if (!HasPatterns(identity.kind, options)) return true;
        const std::optional<Resource> resource =
            HasStackPatterns(options)
                ? probes_.Describe(identity)
                : probes_.DescribeWithoutActivity(identity);
        return !resource.has_value() ||
               !IsIgnored(*resource, options, FunctionNames);
      });
  std::vector<Identity> ignored(first_ignored, left->end());
  left->erase(first_ignored, left->end());
  return ignored;
}

std::vector<Identity> Verifier::Unknown(const std::vector<Identity>& left,
                                        const Options& options,
                                        const Budget& budget) const {
  std::vector<Identity> unknown;
  std::vector<Identity> described;
  std::vector<Resource> resources;
  for (const Identity& identity : left) {
    std::optional<Resource> resource;
    if (HasKnown(identity.kind, options)) {
      resource = HasStackPatterns(options)
                     ? probes_.Describe(identity)
                     : probes_.DescribeWithoutActivity(identity);
    }
    if (!resource.has_value()) {
      unknown.push_back(identity);
      continue;
    }
    described.push_back(identity);
    resources.push_back(*std::move(resource));
  }
  const KnownLeaks known =
      FindKnown(resources, options, budget.known, FunctionNames);
  for (size_t i = 0; i < described.size(); ++i) {
    if (!known.IsKnown(i)) unknown.push_back(described[i]);
  }
  return unknown;
}

std::vector<Resource> Verifier::DescribeQuickly(
    const std::vector<Identity>& identities) const {
  std::vector<Resource> resources;
  for (const Identity& identity : identities) {
    if (auto resource = probes_.DescribeWithoutActivity(identity)) {
      resources.push_back(*std::move(resource));
    }
  }
  return resources;
}

std::vector<Resource> Verifier::Describe(
    const std::vector<Identity>& identities, const Options& options) const {
  std::vector<Resource> resources;
  resources.reserve(identities.size());
  std::vector<Identity> undescribed;
  for (const Identity& identity : identities) {
    if (std::optional<Resource> resource = probes_.Describe(identity)) {
      resources.push_back(*std::move(resource));
    } else {
      undescribed.push_back(identity);
    }
  }
  if (undescribed.empty()) return resources;
  // What has gone by now was only late.
  const Snapshot now = probes_.Take(options);
  for (const Identity& identity : undescribed) {
    if (now.Has(identity)) {
      resources.push_back(Undescribed(identity));
    }
  }
  return resources;
}

bool Verifier::OnlyThisProcessChanges(
    const std::vector<Identity>& identities) const {
  return std::all_of(identities.begin(), identities.end(),
                     [this](const Identity& identity) {
                       return probes_.OnlyThisProcessChanges(identity);
                     });
}

bool Verifier::ChildrenMatter(const std::vector<Identity>& identities) {
  return std::any_of(
      identities.begin(), identities.end(), [](const Identity& identity) {
        return identity.kind == Kind::kProcess || identity.kind == Kind::kOther;
      });
}

}  // namespace leaktrap::internal
