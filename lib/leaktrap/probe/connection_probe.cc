#include "leaktrap/probe/connection_probe.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
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
#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/pool/watching.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
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

std::string PoolAndPeer(const std::string& pool, const std::string& peer) {
  std::string text = absl::StrCat("of pool \"", pool, "\"");
  if (!peer.empty()) absl::StrAppend(&text, " to ", Printable(peer));
  return text;
}

std::string ReleaseAdvice(const RegisteredPool& pool) {
  if (!pool.release_advice.empty()) return Printable(pool.release_advice);
  return pool.alive
             ? "give it back to the pool (destroy the handle that holds it)"
             : "give it back to the pool, and before the pool is destroyed";
}

std::optional<Origin> OriginOf(const Checkout& checkout) {
  const CreationRecord made = ToCreationRecord(checkout);
  if (made.sequence == 0) return std::nullopt;
  return ToOrigin(made);
}

Resource Describe(const RegisteredPool& pool,
                  const PooledConnection& connection) {
  Resource resource;
  resource.identity = IdentityOf(pool, connection);
  resource.name = Printable(pool.name);
  resource.likeness = PoolAndPeer(resource.name, connection.peer);
  resource.description =
      absl::StrCat(resource.likeness, ", lease ", connection.lease,
                   DescriptorsText(connection.descriptors),
                   pool.alive ? "" : ", its pool is gone");
  resource.release = ReleaseAdvice(pool);
  resource.descriptors = connection.descriptors;
  resource.age = Age(connection);
  resource.origin = OriginOf(connection.checkout);
  return resource;
}

Resource Describe(const DirtyReturn& dirty) {
  Resource resource;
  resource.name = Printable(dirty.pool);
  resource.dirt = Printable(dirty.how);
  resource.likeness = absl::StrCat(PoolAndPeer(resource.name, dirty.peer),
                                   ", given back ", resource.dirt);
  resource.description = resource.likeness;
  resource.release = "make it as it was before it is given back, or close it";
  resource.origin = OriginOf(dirty.returned);
  resource.checked_out = OriginOf(dirty.checked_out);
  return resource;
}

// What pools say of each other: what one names is not told for another that it
// is made of.
class Naming {
 public:
  explicit Naming(const std::vector<RegisteredPool>& pools) {
    for (const RegisteredPool& pool : pools) {
      if (pool.other_pools_are_made_of_it) continue;
      for (const PooledConnection& connection : pool.connections) {
        for (int descriptor : connection.descriptors) {
          // One that is lent is not idle, whoever else takes it for that: two
          // may watch the same connections, each at other places.
          if (connection.leased() || !Names(descriptor)) {
            by_descriptor_[descriptor] = IdentityOf(pool, connection);
          }
        }
      }
    }
  }

  bool Names(int descriptor) const {
    return by_descriptor_.count(descriptor) != 0;
  }

  bool NamesLeased(int descriptor) const {
    const auto named = by_descriptor_.find(descriptor);
    return named != by_descriptor_.end() && named->second.number != 0;
  }

  // Which connection of another pool is made of `handle`; its number is
  // zero if that one is idle. Nothing if none is.
  std::optional<Identity> MadeOf(const PooledConnection& handle) const {
    for (int descriptor : handle.descriptors) {
      const auto named = by_descriptor_.find(descriptor);
      if (named != by_descriptor_.end()) return named->second;
    }
    return std::nullopt;
  }

 private:
  std::map<int, Identity> by_descriptor_;
};

class ConnectionProbe final : public Probe {
 public:
  std::string name() const override { return "connection"; }
  Kind kind() const override { return Kind::kConnection; }

  Listing List() override {
    WatchLeases();
    Listing listing;
    by_identity_.clear();
    below_.clear();
    pools_ = ListPools();
    const Naming naming(pools_);
    for (const RegisteredPool& pool : pools_) {
      for (const PooledConnection& connection : pool.connections) {
        if (pool.other_pools_are_made_of_it) {
          AddHandle(pool, connection, naming, &listing);
        } else if (connection.leased()) {
          listing.identities.push_back(IdentityOf(pool, connection));
        } else {
          AddIdle(pool, connection, &listing);
        }
      }
    }
    std::vector<int>& kept = listing.kept_descriptors;
    kept.erase(std::remove_if(kept.begin(), kept.end(),
                              [&](int descriptor) {
                                return naming.NamesLeased(descriptor);
                              }),
               kept.end());
    const size_t dirty_returns = CountDirtyReturns();
    for (size_t i = 0; i < dirty_returns; ++i) {
      listing.identities.push_back(
          {Kind::kConnection, Identity::kDirtyReturns, i, {}});
    }
    return listing;
  }

  // From the last look: asking the pools again for each of many leases would
  // take a time that grows with their square.
  std::optional<Resource> Describe(const Identity& identity) override {
    if (identity.IsDirtyReturn()) {
      Resource resource = internal::Describe(GetDirtyReturn(identity.number));
      resource.identity = identity;
      return resource;
    }
    const Leased* leased = Find(identity);
    if (leased == nullptr) return std::nullopt;
    Resource resource = internal::Describe(*leased->pool, *leased->connection);
    const auto below = below_.find(identity);
    if (below != below_.end()) {
      Extend(below->second, &resource.descriptors);
      std::sort(resource.descriptors.begin(), resource.descriptors.end());
      resource.descriptors.erase(
          std::unique(resource.descriptors.begin(), resource.descriptors.end()),
          resource.descriptors.end());
    }
    return resource;
  }

  bool OnlyThisProcessChanges(const Identity& identity) const override {
    if (identity.IsDirtyReturn()) return true;
    const Leased* leased = Find(identity);
    return leased != nullptr && leased->pool->only_this_process_changes_it;
  }

 private:
  struct Leased {
    const RegisteredPool* pool;
    const PooledConnection* connection;
  };

  static void AddIdle(const RegisteredPool& pool,
                      const PooledConnection& connection, Listing* listing) {
    KeptConnections& kept = listing->kept_connections[pool.serial];
    kept.pool = pool.name;
    ++kept.count;
    Extend(connection.descriptors, &listing->kept_descriptors);
    Extend(connection.threads, &listing->kept_threads);
  }

  // One that a connection of another pool is made of is told with that, if it
  // is told. Its descriptors never are, but for those that the other names.
  void AddHandle(const RegisteredPool& pool, const PooledConnection& handle,
                 const Naming& naming, Listing* listing) {
    const std::optional<Identity> above = naming.MadeOf(handle);
    if (!above.has_value() && handle.leased()) {
      listing->identities.push_back(IdentityOf(pool, handle));
    }
    const bool is_idle =
        above.has_value() ? above->number == 0 : !handle.leased();
    for (int descriptor : handle.descriptors) {
      if (naming.Names(descriptor)) continue;
      (is_idle ? listing->kept_descriptors : listing->covered_descriptors)
          .push_back(descriptor);
      if (above.has_value()) below_[*above].push_back(descriptor);
    }
    if (is_idle) Extend(handle.threads, &listing->kept_threads);
  }

  template <typename Number>
  static void Extend(const std::vector<Number>& more,
                     std::vector<Number>* all) {
    all->insert(all->end(), more.begin(), more.end());
  }

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
  // What else leases sit on: the descriptors of what they are made of.
  std::map<Identity, std::vector<int>> below_;
  // Into pools_; made when it is first needed after a look.
  mutable std::map<Identity, Leased> by_identity_;
};

}  // namespace

std::unique_ptr<Probe> NewConnectionProbe() {
  return std::make_unique<ConnectionProbe>();
}

}  // namespace leaktrap::internal
