#include "leaktrap/check/snapshot.h"

#include <algorithm>
#include <iterator>
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

void AddListing(Listing listing, Snapshot* snapshot) {
  snapshot->identities.insert(snapshot->identities.end(),
                              listing.identities.begin(),
                              listing.identities.end());
  snapshot->kept_descriptors.insert(snapshot->kept_descriptors.end(),
                                    listing.kept_descriptors.begin(),
                                    listing.kept_descriptors.end());
  if (listing.error.empty()) return;
  if (!snapshot->error.empty()) snapshot->error += "; ";
  snapshot->error += listing.error;
}

}  // namespace

std::vector<Identity> Created(const Snapshot& before, const Snapshot& after,
                              const std::set<Identity>& reported) {
  std::vector<Identity> created;
  std::set_difference(after.identities.begin(), after.identities.end(),
                      before.identities.begin(), before.identities.end(),
                      std::back_inserter(created));
  auto excused = [&](const Identity& identity) {
    if (reported.count(identity) != 0) return true;
    return identity.kind == Kind::kDescriptor &&
           std::binary_search(after.kept_descriptors.begin(),
                              after.kept_descriptors.end(),
                              static_cast<int>(identity.number));
  };
  created.erase(std::remove_if(created.begin(), created.end(), excused),
                created.end());
  return created;
}

ProbeSet::ProbeSet(std::vector<std::unique_ptr<Probe>> built_in,
                   std::function<std::vector<RegisteredProbe>()> user_probes)
    : built_in_(std::make_move_iterator(built_in.begin()),
                std::make_move_iterator(built_in.end())),
      user_probes_(std::move(user_probes)) {}

Snapshot ProbeSet::Take(const Options& options) const {
  Snapshot snapshot;
  for (const auto& probe : built_in_) {
    if (options.mode(probe->kind()) == Mode::kOff) continue;
    AddListing(probe->List(), &snapshot);
  }
  if (options.mode(Kind::kOther) != Mode::kOff) {
    for (const RegisteredProbe& registered : user_probes_()) {
      Listing listing = registered.probe->List();
      for (Identity& identity : listing.identities) {
        identity.kind = Kind::kOther;
        identity.source = registered.serial;
      }
      AddListing(std::move(listing), &snapshot);
    }
  }
  std::sort(snapshot.identities.begin(), snapshot.identities.end());
  std::sort(snapshot.kept_descriptors.begin(), snapshot.kept_descriptors.end());
  return snapshot;
}

std::optional<Resource> ProbeSet::Describe(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  if (probe == nullptr) return std::nullopt;
  std::optional<Resource> resource = probe->Describe(identity);
  if (resource.has_value()) resource->identity = identity;
  return resource;
}

bool ProbeSet::OnlyThisProcessChanges(const Identity& identity) const {
  const std::shared_ptr<Probe> probe = ProbeOf(identity);
  return probe != nullptr && probe->OnlyThisProcessChangesIt();
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
