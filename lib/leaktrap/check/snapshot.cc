#include "leaktrap/check/snapshot.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

void AddError(const std::string& error, Snapshot* snapshot) {
  if (error.empty()) return;
  if (!snapshot->error.empty()) snapshot->error += "; ";
  snapshot->error += Printable(error);
}

template <typename Element>
void Extend(const std::vector<Element>& more, std::vector<Element>* all) {
  all->insert(all->end(), more.begin(), more.end());
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

}  // namespace

bool IsKept(const Snapshot& snapshot, const Identity& identity) {
  auto holds = [&](const std::vector<int>& kept) {
    return std::binary_search(kept.begin(), kept.end(),
                              static_cast<int>(identity.number));
  };
  return (identity.kind == Kind::kDescriptor &&
          holds(snapshot.kept_descriptors)) ||
         (identity.kind == Kind::kThread && !identity.IsFinishedThread() &&
          holds(snapshot.kept_threads));
}

bool Snapshot::Has(const Identity& later) const {
  // A thread ends under another identity than it ran, and need not have been
  // known while it ran.
  if (later.IsFinishedThread()) return later.sequence <= last_sequence;
  const Identity first = {later.kind, later.source, later.number};
  for (auto seen =
           std::lower_bound(identities.begin(), identities.end(), first);
       seen != identities.end() && seen->kind == later.kind &&
       seen->source == later.source && seen->number == later.number;
       ++seen) {
    if (!MayBeSame(*seen, later)) continue;
    // What was seen before its creating call had recorded it was begun by then.
    if (seen->sequence != 0 || later.sequence <= last_sequence) return true;
  }
  return false;
}

std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const Reported& reported) {
  std::vector<Identity> created;
  for (const Identity& identity : after.identities) {
    const bool was_there = before.Has(identity) && !IsKept(before, identity);
    if (was_there || IsKept(after, identity)) continue;
    if (reported.Has(identity)) continue;
    if (identity.kind == Kind::kOther &&
        !std::binary_search(before.user_probes.begin(),
                            before.user_probes.end(), identity.source)) {
      continue;
    }
    created.push_back(identity);
  }
  return created;
}

bool Shows(const Snapshot& snapshot, const Identity& identity) {
  const Identity first = {identity.kind, identity.source, identity.number};
  for (auto seen = std::lower_bound(snapshot.identities.begin(),
                                    snapshot.identities.end(), first);
       seen != snapshot.identities.end() && seen->kind == identity.kind &&
       seen->source == identity.source && seen->number == identity.number;
       ++seen) {
    if (MayBeSame(*seen, identity)) return true;
  }
  return false;
}

std::vector<Identity> Gone(const Snapshot& before, const Snapshot& after) {
  std::vector<Identity> gone;
  for (const Identity& identity : before.identities) {
    if (!IsKept(before, identity) && !Shows(after, identity)) {
      gone.push_back(identity);
    }
  }
  return gone;
}

std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after) {
  std::map<Kind, int> released;
  for (const Identity& identity : Gone(before, after)) {
    ++released[identity.kind];
  }
  return released;
}

ProbeSet::ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
                   std::function<std::vector<RegisteredProbe>()> user_probes,
                   OriginSource* origins)
    : built_in_(std::make_move_iterator(built_in.begin()),
                std::make_move_iterator(built_in.end())),
      user_probes_(std::move(user_probes)),
      origins_(origins) {}

Snapshot ProbeSet::Take(const Options& options) const {
  Snapshot snapshot;
  auto ask = [&](Probe& probe, Kind kind, uint64_t source) {
    const bool off = options.mode(kind) == Mode::kOff;
    // A pool says what it keeps also where nobody wants to know of its leases.
    if (off && !KeepsDescriptors(kind)) return;
    Listing listing = ListGuarded(probe);
    Extend(listing.kept_descriptors, &snapshot.kept_descriptors);
    Extend(listing.kept_threads, &snapshot.kept_threads);
    snapshot.kept_connections.merge(listing.kept_connections);
    if (off) return;
    Extend(listing.covered_descriptors, &snapshot.kept_descriptors);
    if (kind == Kind::kOther) {
      snapshot.user_probes.push_back(source);
      for (Identity& identity : listing.identities) {
        identity.kind = kind;
        identity.source = source;
      }
    }
    Extend(listing.identities, &snapshot.identities);
    AddError(listing.error, &snapshot);
  };
  for (const auto& probe : built_in_) ask(*probe, probe->kind(), 0);
  for (const RegisteredProbe& user : user_probes_()) {
    ask(*user.probe, Kind::kOther, user.serial);
  }
  if (options.mode(Kind::kOther) != Mode::kOff) {
    for (const std::string& name : TakeUnseenProbes()) {
      AddError("the probe of each " + name +
                   " came and went without a look; register it before the "
                   "first test and keep it",
               &snapshot);
    }
  }
  if (origins_ != nullptr) {
    origins_->Recognise(&snapshot.identities);
    if (options.mode(Kind::kThread) != Mode::kOff) {
      Extend(origins_->FinishedThreads(snapshot.identities),
             &snapshot.identities);
    }
    snapshot.last_sequence = origins_->LastSequence();
    snapshot.releases = origins_->CountReleases();
  }
  std::sort(snapshot.identities.begin(), snapshot.identities.end());
  std::sort(snapshot.kept_descriptors.begin(), snapshot.kept_descriptors.end());
  std::sort(snapshot.kept_threads.begin(), snapshot.kept_threads.end());
  std::sort(snapshot.user_probes.begin(), snapshot.user_probes.end());
  return snapshot;
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

std::vector<int> ProbeSet::WaitsOn(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return {};
  return probe->WaitsOn(identity.WithoutSequence());
}

std::string ProbeSet::RuntimesOwn(const Identity& identity) const {
  if (identity.sequence != 0) return "";
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  try {
    return probe == nullptr ? "" : probe->RuntimesOwn(identity);
  } catch (...) {
    return "";
  }
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
