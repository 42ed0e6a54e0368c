#include "leaktrap/check/probe_set.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "leaktrap/check/clock.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/probe/runtime_thread.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

void AddError(const std::string& more, std::string* error) {
  if (more.empty()) return;
  if (!error->empty()) *error += "; ";
  *error += Printable(more);
}

template <typename Element>
void Extend(const std::vector<Element>& more, std::vector<Element>* all) {
  all->insert(all->end(), more.begin(), more.end());
}

void Extend(const Sight& more, Sight* all) {
  Extend(more.identities, &all->identities);
  Extend(more.kept_descriptors, &all->kept_descriptors);
  Extend(more.kept_threads, &all->kept_threads);
  all->kept_connections.insert(more.kept_connections.begin(),
                               more.kept_connections.end());
  Extend(more.user_probes, &all->user_probes);
}

// Descriptors, and threads, are kept on purpose by nobody they tell of.
bool KeepsDescriptors(Kind kind) {
  return kind == Kind::kConnection || kind == Kind::kOther;
}

bool IsRecorded(Kind kind) {
  return kind == Kind::kThread || kind == Kind::kDescriptor ||
         kind == Kind::kProcess;
}

// A user's probe may hand over anything; what is printable already stays.
void MakePrintable(Resource* resource) {
  for (std::string* text :
       {&resource->name, &resource->description, &resource->likeness,
        &resource->release, &resource->hint}) {
    *text = Printable(*text);
  }
}

Listing ListGuarded(Probe& probe) {
  try {
    return probe.List();
  } catch (const std::exception& exception) {
    Listing listing;
    listing.error = std::string("a probe threw: ") + exception.what();
    return listing;
  } catch (...) {
    Listing listing;
    listing.error = "a probe threw";
    return listing;
  }
}

bool IsOn(const KindsOn& on, Kind kind) {
  return on[static_cast<size_t>(kind)];
}

KindsOn KindsThatAreOn(const Options& options) {
  KindsOn on;
  for (Kind kind : kAllKinds) {
    on[static_cast<size_t>(kind)] = options.mode(kind) != Mode::kOff;
  }
  return on;
}

void Sort(Sight* sight) {
  std::sort(sight->identities.begin(), sight->identities.end());
  std::sort(sight->kept_descriptors.begin(), sight->kept_descriptors.end());
  std::sort(sight->kept_threads.begin(), sight->kept_threads.end());
  std::sort(sight->user_probes.begin(), sight->user_probes.end());
}

// Those of `kind`, among identities that are sorted.
absl::Span<const Identity> ListedOf(Kind kind,
                                    const std::vector<Identity>& identities) {
  const auto is_before = [](const Identity& identity, Kind sought) {
    return identity.kind < sought;
  };
  const auto begin =
      std::lower_bound(identities.begin(), identities.end(), kind, is_before);
  const auto end = std::find_if(
      begin, identities.end(),
      [kind](const Identity& identity) { return identity.kind != kind; });
  return absl::MakeConstSpan(identities)
      .subspan(begin - identities.begin(), end - begin);
}

}  // namespace

ProbeSet::ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
                   std::function<std::vector<RegisteredProbe>()> user_probes,
                   OriginSource* origins, Clock* clock)
    : built_in_(std::make_move_iterator(built_in.begin()),
                std::make_move_iterator(built_in.end())),
      user_probes_(std::move(user_probes)),
      origins_(origins),
      quick_look_(origins, clock) {
  for (const auto& probe : built_in_) {
    quick_.push_back(dynamic_cast<QuickProbe*>(probe.get()));
  }
}

void ProbeSet::Ask(Probe& probe, Kind kind, uint64_t source, bool on,
                   Gathered* gathered) {
  // A pool says what it keeps also where nobody wants to know of its leases.
  if (!on && !KeepsDescriptors(kind)) return;
  Listing listing = ListGuarded(probe);
  Sight& sight = gathered->sight;
  Extend(listing.kept_descriptors, &sight.kept_descriptors);
  Extend(listing.kept_threads, &sight.kept_threads);
  sight.kept_connections.merge(listing.kept_connections);
  if (!on) return;
  Extend(listing.covered_descriptors, &sight.kept_descriptors);
  if (kind == Kind::kOther) {
    sight.user_probes.push_back(source);
    for (Identity& identity : listing.identities) {
      identity.kind = kind;
      identity.source = source;
    }
  }
  Extend(listing.identities, &sight.identities);
  AddError(listing.error, &gathered->error);
}

void ProbeSet::GatherQuick(const KindsOn& on, Remembers remembers,
                           Gathered* gathered) const {
  for (QuickProbe* const probe : quick_) {
    if (probe == nullptr) continue;
    if (remembers == Remembers::kYes) probe->StartRemembering();
    Ask(*probe, probe->kind(), 0, IsOn(on, probe->kind()), gathered);
  }
}

void ProbeSet::GatherOthers(const KindsOn& on, Gathered* gathered) const {
  for (size_t i = 0; i < built_in_.size(); ++i) {
    Probe& probe = *built_in_[i];
    if (quick_[i] == nullptr) {
      Ask(probe, probe.kind(), 0, IsOn(on, probe.kind()), gathered);
    }
  }
  for (const RegisteredProbe& user : user_probes_()) {
    Ask(*user.probe, Kind::kOther, user.serial, IsOn(on, Kind::kOther),
        gathered);
  }
  if (!IsOn(on, Kind::kOther)) return;
  for (const std::string& name : TakeUnseenProbes()) {
    AddError("the probe of each " + name +
                 " came and went without a look; register it before the "
                 "first test and keep it",
             &gathered->error);
  }
}

Sight ProbeSet::Recognised(const KindsOn& on, Sight sight) const {
  if (origins_ != nullptr) {
    origins_->Recognise(&sight.identities);
    if (IsOn(on, Kind::kThread)) {
      Extend(origins_->FinishedThreads(sight.identities), &sight.identities);
    }
  }
  Sort(&sight);
  return sight;
}

void ProbeSet::NoteRecorder(Snapshot* snapshot) const {
  if (origins_ == nullptr) return;
  snapshot->last_sequence = origins_->LastSequence();
  snapshot->releases = origins_->CountReleases();
}

Snapshot ProbeSet::Take(const Options& options) const {
  const KindsOn on = KindsThatAreOn(options);
  Gathered gathered;
  GatherQuick(on, Remembers::kNo, &gathered);
  GatherOthers(on, &gathered);
  Snapshot snapshot;
  snapshot.seen =
      std::make_shared<const Sight>(Recognised(on, std::move(gathered.sight)));
  snapshot.error = std::move(gathered.error);
  NoteRecorder(&snapshot);
  return snapshot;
}

Snapshot ProbeSet::TakeQuickly(const Options& options, Since since) {
  const KindsOn on = KindsThatAreOn(options);
  quick_look_.Start(on);
  const bool still_shown = quick_look_.MayStand() && StillShown(on, since);
  Gathered others;
  Gathered all;
  if (!still_shown) GatherQuick(on, Remembers::kYes, &all);
  GatherOthers(on, &others);
  Sort(&others.sight);
  const bool is_same = still_shown && others.error.empty() &&
                       others.sight == quick_look_.others();
  Snapshot snapshot;
  if (is_same && !quick_look_.IsDue()) {
    quick_look_.Stand();
    snapshot.seen = quick_look_.seen();
    NoteRecorder(&snapshot);
    return snapshot;
  }
  if (still_shown) GatherQuick(on, Remembers::kYes, &all);
  Extend(others.sight, &all.sight);
  AddError(others.error, &all.error);
  Sight seen = Recognised(on, std::move(all.sight));
  snapshot.error = std::move(all.error);
  NoteRecorder(&snapshot);
  if (!snapshot.error.empty()) {
    quick_look_.Forget();
    snapshot.seen = std::make_shared<const Sight>(std::move(seen));
    return snapshot;
  }
  snapshot.seen =
      quick_look_.Remember(std::move(seen), std::move(others.sight), is_same);
  NoteListed();
  return snapshot;
}

void ProbeSet::NoteListed() {
  const std::vector<Identity>& seen = quick_look_.seen()->identities;
  running_threads_.clear();
  for (const auto& probe : built_in_) {
    const Kind kind = probe->kind();
    auto& listed = listed_[static_cast<size_t>(kind)];
    listed = ListedOf(kind, seen);
    const auto is_finished = [](const Identity& identity) {
      return identity.IsFinishedThread();
    };
    if (std::none_of(listed.begin(), listed.end(), is_finished)) continue;
    std::remove_copy_if(listed.begin(), listed.end(),
                        std::back_inserter(running_threads_), is_finished);
    listed = running_threads_;
  }
}

bool ProbeSet::StillShown(const KindsOn& on, Since since) const {
  const bool nothing_was_made = quick_look_.NothingWasMadeBy(since);
  for (size_t i = 0; i < built_in_.size(); ++i) {
    if (quick_[i] == nullptr) continue;
    const Kind kind = built_in_[i]->kind();
    if (nothing_was_made && kind != Kind::kDescriptor) continue;
    if (IsOn(on, kind) &&
        !quick_[i]->StillShows(listed_[static_cast<size_t>(kind)],
                               quick_look_.records())) {
      return false;
    }
  }
  return true;
}

std::optional<Resource> ProbeSet::Describe(const Identity& identity) const {
  std::optional<Resource> resource = DescribeWithoutActivity(identity);
  if (!resource.has_value() || resource->now.has_value() ||
      identity.IsFinishedThread()) {
    return resource;
  }
  try {
    resource->now =
        ProbeOf(identity)->DescribeActivity(identity.WithoutSequence());
  } catch (...) {
    // Then it is told without.
  }
  return resource;
}

std::optional<Resource> ProbeSet::DescribeWithoutActivity(
    const Identity& identity) const {
  if (identity.IsFinishedThread() && origins_ != nullptr) {
    return origins_->DescribeFinished(identity);
  }
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return std::nullopt;
  std::optional<Resource> resource;
  try {
    resource = probe->Describe(identity.WithoutSequence());
  } catch (...) {
    return std::nullopt;  // then it is told without a description
  }
  if (!resource.has_value()) return resource;
  resource->identity = identity;
  MakePrintable(&*resource);
  if (origins_ != nullptr && !resource->origin.has_value() &&
      IsRecorded(identity.kind)) {
    resource->origin = origins_->Find(identity).value_or(Origin());
  }
  return resource;
}

bool ProbeSet::OnlyThisProcessChanges(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  try {
    return probe != nullptr &&
           probe->OnlyThisProcessChanges(identity.WithoutSequence());
  } catch (...) {
    return false;
  }
}

void ProbeSet::TheseStandStill(const StandingThreads* threads) const {
  for (QuickProbe* const probe : quick_) {
    if (probe != nullptr) probe->TheseStandStill(threads);
  }
}

std::vector<int> ProbeSet::WaitsOn(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return {};
  return probe->WaitsOn(identity.WithoutSequence());
}

std::string ProbeSet::RuntimesOwn(const Identity& identity) const {
  const bool is_recorded = identity.sequence != 0;
  if (is_recorded && !MayBeParallelRuntimes(identity)) return "";
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return "";
  try {
    std::string rule = probe->RuntimesOwn(identity.WithoutSequence());
    return is_recorded && rule != kParallelRuntimes ? "" : rule;
  } catch (...) {
    return "";
  }
}

bool ProbeSet::MayBeParallelRuntimes(const Identity& identity) const {
  if (identity.kind != Kind::kThread || origins_ == nullptr) return false;
  const std::optional<Origin> origin = origins_->Find(identity);
  if (!origin.has_value()) return false;
  if (origin->stack.empty()) return true;
  const uintptr_t caller = origin->stack.front();
  const auto [known, is_new] = parallel_runtimes_.try_emplace(caller, false);
  if (is_new) known->second = IsInParallelRuntime(caller);
  return known->second;
}

std::shared_ptr<Probe> ProbeSet::ProbeOf(const Identity& identity) const {
  if (identity.kind == Kind::kOther) {
    for (const RegisteredProbe& registered : user_probes_()) {
      if (registered.serial == identity.source) return registered.probe;
    }
    return nullptr;
  }
  for (const auto& probe : built_in_) {
    if (probe->kind() == identity.kind) return probe;
  }
  return nullptr;
}

}  // namespace leaktrap::internal
