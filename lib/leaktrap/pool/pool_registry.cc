#include "leaktrap/pool/pool_registry.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "leaktrap/pool/watching.h"

namespace leaktrap {
namespace internal {
namespace {

class Registry {
 public:
  uint64_t Add(ConnectionPool* pool) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t serial = ++last_serial_;
    entries_[serial].pool = pool;
    return serial;
  }

  void Remove(uint64_t serial) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto it = entries_.find(serial);
    Entry& entry = it->second;
    unused_.wait(lock, [&entry] { return entry.listings == 0; });
    // The lock is held from here to the end: no listing may find the pool
    // neither alive nor dead, and a lease that comes back meanwhile is either
    // off the pool's books already or forgotten afterwards.
    try {
      Bury(serial, &entry);
    } catch (...) {
      // The pool cannot say what it leaves, and a destructor must not throw.
      entry.remains.connections.clear();
    }
    if (entry.remains.connections.empty()) {
      entries_.erase(it);
    } else {
      entry.pool = nullptr;
    }
  }

  std::vector<RegisteredPool> List() {
    std::vector<RegisteredPool> pools;
    std::unique_lock<std::mutex> lock(mutex_);
    ForEach([&](uint64_t serial, Entry* entry) {
      RegisteredPool pool;
      if (entry->pool == nullptr) {
        pool = entry->remains;
      } else {
        const Listing listing(this, &lock, entry);
        pool = Ask(*entry->pool);
      }
      pool.serial = serial;
      pools.push_back(std::move(pool));
    });
    return pools;
  }

  std::vector<PoolUsage> TakeUsage() {
    std::map<uint64_t, PoolUsage> taken;
    std::unique_lock<std::mutex> lock(mutex_);
    collect_usage_ = true;
    ForEach([&](uint64_t serial, Entry* entry) {
      if (entry->pool == nullptr) return;
      const Listing listing(this, &lock, entry);
      taken[serial] = TakeUsageOf(serial, entry->pool);
    });
    // Last, for those that died before the loop came to them. What was taken
    // of a pool that died after that stays, and what it did since is left in
    // `ended_`.
    taken.merge(ended_);
    lock.unlock();

    std::vector<PoolUsage> usages;
    usages.reserve(taken.size());
    for (auto& [serial, usage] : taken) usages.push_back(std::move(usage));
    return usages;
  }

  int64_t CountLeased() {
    int64_t leased = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    ForEach([&](uint64_t, Entry* entry) {
      if (entry->pool == nullptr) return;
      const Listing listing(this, &lock, entry);
      // They are counted with the pools that are made of them.
      if (entry->pool->OtherPoolsAreMadeOfIt()) return;
      leased += entry->pool->Counts().leased;
    });
    return leased;
  }

  void Forget(uint64_t serial, uint64_t lease) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = entries_.find(serial);
    if (it == entries_.end() || it->second.pool != nullptr) return;
    std::vector<PooledConnection>& outstanding = it->second.remains.connections;
    outstanding.erase(std::remove_if(outstanding.begin(), outstanding.end(),
                                     [lease](const PooledConnection& c) {
                                       return c.lease == lease;
                                     }),
                      outstanding.end());
    // A listing holds on to entries of living pools only: nobody is at this.
    if (outstanding.empty()) entries_.erase(it);
  }

 private:
  struct Entry {
    ConnectionPool* pool = nullptr;  // null once it died
    int listings = 0;                // that call into `pool` now
    RegisteredPool remains;          // of a pool that died
  };

  // Asks a pool that dies what it leaves.
  void Bury(uint64_t serial, Entry* entry) {
    if (LeasesAreWatched()) {
      entry->remains = Ask(*entry->pool);
      entry->remains.alive = false;
      RemoveIdle(&entry->remains.connections);
    }
    if (collect_usage_) {
      PoolUsage usage = TakeUsageOf(serial, entry->pool);
      usage.alive = false;
      ended_[serial] = std::move(usage);
    }
  }

  // While it lives the registry is unlocked and the entry's pool stays. A pool
  // takes its own lock in Connections(), and whoever holds that lock may be
  // making or destroying another pool.
  class Listing {
   public:
    Listing(Registry* registry, std::unique_lock<std::mutex>* lock,
            Entry* entry)
        : registry_(registry), lock_(lock), entry_(entry) {
      ++entry_->listings;
      lock_->unlock();
    }
    ~Listing() {
      lock_->lock();
      if (--entry_->listings == 0) registry_->unused_.notify_all();
    }

    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;

   private:
    Registry* const registry_;
    std::unique_lock<std::mutex>* const lock_;
    Entry* const entry_;
  };

  // Calls `visit`, which may unlock the registry by a Listing of the entry that
  // it is given, for each pool, living or dead, in order. To be called with the
  // registry locked.
  template <typename Visit>
  void ForEach(Visit visit) {
    // Pools made from now on are left out, or a test that keeps making them
    // would keep this loop going.
    const uint64_t last = last_serial_;
    for (auto it = entries_.begin(); it != entries_.end() && it->first <= last;
         ++it) {
      visit(it->first, &it->second);
    }
  }

  static PoolUsage TakeUsageOf(uint64_t serial, ConnectionPool* pool) {
    PoolUsage usage;
    usage.serial = serial;
    usage.name = pool->name();
    // Before the peak, which is then no less than what is leased here.
    usage.counts = pool->Counts();
    usage.peak_leased = pool->TakePeakLeased();
    return usage;
  }

  static RegisteredPool Ask(const ConnectionPool& pool) {
    RegisteredPool answer;
    answer.name = pool.name();
    answer.connections = pool.Connections();
    answer.only_this_process_changes_it = pool.OnlyThisProcessChangesIt();
    answer.other_pools_are_made_of_it = pool.OtherPoolsAreMadeOfIt();
    answer.release_advice = pool.ReleaseAdvice();
    return answer;
  }

  static void RemoveIdle(std::vector<PooledConnection>* connections) {
    connections->erase(
        std::remove_if(connections->begin(), connections->end(),
                       [](const PooledConnection& c) { return !c.leased(); }),
        connections->end());
  }

  std::mutex mutex_;
  std::condition_variable unused_;     // some entry's `listings` fell to zero
  std::map<uint64_t, Entry> entries_;  // by serial, which is their order
  uint64_t last_serial_ = 0;
  bool collect_usage_ = false;
  // By serial: what pools did between the last TakeUsage() and their death.
  std::map<uint64_t, PoolUsage> ended_;
};

// Never destroyed: pools and leases in static storage go after everything.
Registry& GetRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

}  // namespace

std::vector<RegisteredPool> ListPools() { return GetRegistry().List(); }

void ForgetLeaseOfDeadPool(uint64_t serial, uint64_t lease) {
  GetRegistry().Forget(serial, lease);
}

std::vector<PoolUsage> TakePoolUsage() { return GetRegistry().TakeUsage(); }

int64_t CountLeased() { return GetRegistry().CountLeased(); }

}  // namespace internal

PoolRegistration::PoolRegistration(ConnectionPool* pool)
    : serial_(internal::GetRegistry().Add(pool)) {}

PoolRegistration::~PoolRegistration() {
  internal::GetRegistry().Remove(serial_);
}

}  // namespace leaktrap
