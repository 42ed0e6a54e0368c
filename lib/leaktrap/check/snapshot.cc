#include "leaktrap/check/snapshot.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

void AddError(const std::string& error, Snapshot* snapshot) {
  if (error.empty()) return;
  if (!snapshot->error.empty()) snapshot->error += "; ";
  snapshot->error += error;
}

template <typename Element>
void Extend(const std::vector<Element>& more, std::vector<Element>* all) {
  all->insert(all->end(), more.begin(), more.end());
}

bool Contains(const std::vector<Identity>& sorted, const Identity& identity) {
  return std::binary_search(sorted.begin(), sorted.end(), identity);
}

bool IsKept(const Snapshot& snapshot, const Identity& identity) {
  return identity.kind == Kind::kDescriptor &&
         std::binary_search(snapshot.kept_descriptors.begin(),
                            snapshot.kept_descriptors.end(),
                            static_cast<int>(identity.number));
}

// Descriptors, and threads, are kept on purpose by nobody they tell of.
bool KeepsDescriptors(Kind kind) {
  return kind == Kind::kConnection || kind == Kind::kOther;
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

std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const std::set<Identity>& reported) {
  std::vector<Identity> created;
  for (const Identity& identity : after.identities) {
    const bool was_there =
        Contains(before.identities, identity) && !IsKept(before, identity);
    if (was_there || IsKept(after, identity)) continue;
    if (reported.count(identity) != 0) continue;
    if (identity.kind == Kind::kOther &&
        !std::binary_search(before.user_probes.begin(),
                            before.user_probes.end(), identity.source)) {
      continue;
    }
    created.push_back(identity);
  }
  return created;
}

std::map<Kind, int> Released(const Snapshot& before, const Snapshot& after) {
  std::map<Kind, int> released;
  for (const Identity& identity : before.identities) {
    if (!Contains(after.identities, identity) && !IsKept(before, identity)) {
      ++released[identity.kind];
    }
  }
  return released;
}

ProbeSet::ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
                   std::function<std::vector<RegisteredProbe>()> user_probes)
    : built_in_(std::make_move_iterator(built_in.begin()),
                std::make_move_iterator(built_in.end())),
      user_probes_(std::move(user_probes)) {}

Snapshot ProbeSet::Take(const Options& options) const {
  Snapshot snapshot;
  auto ask = [&](Probe& probe, Kind kind, uint64_t source) {
    const bool off = options.mode(kind) == Mode::kOff;
    // A pool says what it keeps also where nobody wants to know of its leases.
    if (off && !KeepsDescriptors(kind)) return;
    Listing listing = ListGuarded(probe);
    Extend(listing.kept_descriptors, &snapshot.kept_descriptors);
    if (off) return;
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
  std::sort(snapshot.identities.begin(), snapshot.identities.end());
  std::sort(snapshot.kept_descriptors.begin(), snapshot.kept_descriptors.end());
  std::sort(snapshot.user_probes.begin(), snapshot.user_probes.end());
  return snapshot;
}

std::optional<Resource> ProbeSet::Describe(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return std::nullopt;
  std::optional<Resource> resource;
  try {
    resource = probe->Describe(identity);
  } catch (...) {
    return std::nullopt;  // then it is told without a description
  }
  if (resource.has_value()) resource->identity = identity;
  return resource;
}

bool ProbeSet::OnlyThisProcessChanges(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  try {
    return probe != nullptr && probe->OnlyThisProcessChanges(identity);
  } catch (...) {
    return false;
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
