#include "leaktrap/probe/connection_probe.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/origin/checkout_record.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

Identity IdentityOf(const RegisteredPool& pool,
                    const PooledConnection& connection) {
  return {Kind::kConnection, pool.serial, connection.lease, {}};
}

std::string DescriptorsText(const std::vector<int>& descriptors) {
  if (descriptors.empty()) return "";
  return absl::StrCat(
      descriptors.size() == 1 ? ", on descriptor " : ", on descriptors ",
      absl::StrJoin(descriptors, ", "));
}

std::optional<std::chrono::nanoseconds> Age(
    const PooledConnection& connection) {
  using Clock = std::chrono::steady_clock;
  if (connection.since == Clock::time_point()) return std::nullopt;
  return std::max<Clock::duration>(Clock::now() - connection.since,
                                   Clock::duration::zero());
}

Resource Describe(const RegisteredPool& pool,
                  const PooledConnection& connection) {
  Resource resource;
  resource.identity = IdentityOf(pool, connection);
  resource.name = Printable(pool.name);
  resource.likeness = absl::StrCat("of pool \"", resource.name, "\"");
  if (!connection.peer.empty()) {
    absl::StrAppend(&resource.likeness, " to ", Printable(connection.peer));
  }
  resource.description =
      absl::StrCat(resource.likeness, ", lease ", connection.lease,
                   DescriptorsText(connection.descriptors),
                   pool.alive ? "" : ", its pool is gone");
  resource.release =
      pool.alive ? "give it back to the pool (destroy the handle that holds it)"
                 : "give it back to the pool, and before the pool is destroyed";
  resource.descriptors = connection.descriptors;
  resource.age = Age(connection);
  const CreationRecord made = ToCreationRecord(connection.checkout);
  if (made.sequence != 0) resource.origin = ToOrigin(made);
  return resource;
}

class ConnectionProbe final : public Probe {
 public:
  std::string name() const override { return "connection"; }
  Kind kind() const override { return Kind::kConnection; }

  Listing List() override {
    WatchLeases();
    Listing listing;
    by_identity_.clear();
    pools_ = ListPools();
    for (const RegisteredPool& pool : pools_) {
      for (const PooledConnection& connection : pool.connections) {
        if (connection.leased()) {
          listing.identities.push_back(IdentityOf(pool, connection));
        } else {
          listing.kept_descriptors.insert(listing.kept_descriptors.end(),
                                          connection.descriptors.begin(),
                                          connection.descriptors.end());
        }
      }
    }
    return listing;
  }

  // From the last look: asking the pools again for each of many leases would
  // take a time that grows with their square.
  std::optional<Resource> Describe(const Identity& identity) override {
    const Leased* leased = Find(identity);
    if (leased == nullptr) return std::nullopt;
    return internal::Describe(*leased->pool, *leased->connection);
  }

  bool OnlyThisProcessChanges(const Identity& identity) const override {
    const Leased* leased = Find(identity);
    return leased != nullptr && leased->pool->only_this_process_changes_it;
  }

 private:
  struct Leased {
    const RegisteredPool* pool;
    const PooledConnection* connection;
  };

  const Leased* Find(const Identity& identity) const {
    if (by_identity_.empty()) {
      for (const RegisteredPool& pool : pools_) {
        for (const PooledConnection& connection : pool.connections) {
          if (!connection.leased()) continue;
          by_identity_[IdentityOf(pool, connection)] = {&pool, &connection};
        }
      }
    }
    const auto found = by_identity_.find(identity);
    return found == by_identity_.end() ? nullptr : &found->second;
  }

  std::vector<RegisteredPool> pools_;
  // Into pools_; made when it is first needed after a look.
  mutable std::map<Identity, Leased> by_identity_;
};

}  // namespace

std::unique_ptr<Probe> NewConnectionProbe() {
  return std::make_unique<ConnectionProbe>();
}

}  // namespace leaktrap::internal
