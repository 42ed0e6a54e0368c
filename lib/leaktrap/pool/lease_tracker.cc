#include "leaktrap/pool/lease_tracker.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/pool_registry.h"

namespace leaktrap {
namespace internal {

// Held by the tracker and by each lease, and so counts the leases by being
// held.
class TrackerBooks {
 public:
  explicit TrackerBooks(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  void Hold() { holders_.fetch_add(1, std::memory_order_relaxed); }

  void LetGo() {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // Never zero.
  uint64_t Enter(LeaseTracker::Details details, const Checkout& checkout) {
    PooledConnection connection;
    connection.peer = std::move(details.peer);
    connection.descriptors = std::move(details.descriptors);
    connection.since = std::chrono::steady_clock::now();
    connection.checkout = checkout;
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t number = ++last_number_;
    connection.id = number;
    connection.lease = number;
    leases_.emplace(number, std::move(connection));
    peak_ = std::max(peak_, Leased());
    return number;
  }

  void End(uint64_t number) {
    uint64_t closed_serial;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      leases_.erase(number);
      closed_serial = closed_serial_;
    }
    // Unlocked, and after it is off the books: see LedgerBooks.
    if (closed_serial != 0) ForgetLeaseOfDeadPool(closed_serial, number);
  }

  // Of a lease that is noted.
  void NoteDirty(uint64_t number, std::string how, const Checkout& returned) {
    DirtyReturn dirty;
    dirty.pool = name_;
    dirty.how = std::move(how);
    dirty.returned = returned;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const PooledConnection& connection = leases_.at(number);
      dirty.peer = connection.peer;
      dirty.checked_out = connection.checkout;
    }
    NoteDirtyReturn(std::move(dirty));
  }

  std::vector<PooledConnection> Connections() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<PooledConnection> connections;
    connections.reserve(leases_.size());
    for (const auto& [number, connection] : leases_) {
      connections.push_back(connection);
    }
    return connections;
  }

  // To be asked while the tracker lives.
  int Leased() const {
    return static_cast<int>(holders_.load(std::memory_order_relaxed)) - 1;
  }

  int TakePeak() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const int leased = Leased();
    return std::max(std::exchange(peak_, leased), leased);
  }

  // As LedgerBooks::Close().
  void Close(uint64_t serial) {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_serial_ = serial;
  }

 private:
  ~TrackerBooks() = default;

  const std::string name_;
  std::atomic<int64_t> holders_{1};
  mutable std::mutex mutex_;
  // Those that began while somebody looked.
  std::unordered_map<uint64_t, PooledConnection> leases_;
  uint64_t last_number_ = 0;
  int peak_ = 0;
  uint64_t closed_serial_ = 0;
};

}  // namespace internal

TrackedLease& TrackedLease::operator=(TrackedLease&& other) noexcept {
  if (this == &other) return *this;
  End();
  books_ = std::exchange(other.books_, nullptr);
  number_ = other.number_;
  return *this;
}

void TrackedLease::EndHeld() {
  internal::TrackerBooks* const books = std::exchange(books_, nullptr);
  if (number_ != 0) books->End(number_);
  books->LetGo();
}

void TrackedLease::NoteDirt(std::string how) {
  if (IsNoted()) books_->NoteDirty(number_, std::move(how), RecordCheckout());
}

void LeaseTracker::LetGo::operator()(internal::TrackerBooks* books) const {
  books->LetGo();
}

// Registering comes last: from then on other threads call Connections().
LeaseTracker::LeaseTracker(std::string name)
    : books_(new internal::TrackerBooks(std::move(name))),
      registration_(this) {}

LeaseTracker::~LeaseTracker() { books_->Close(registration_.serial()); }

TrackedLease LeaseTracker::CheckOut(Details details) {
  books_->Hold();
  TrackedLease lease(books_.get(), 0);
  if (internal::LeasesAreWatched()) {
    lease.number_ = books_->Enter(std::move(details), RecordCheckout());
  }
  return lease;
}

std::string LeaseTracker::name() const { return books_->name(); }

std::vector<PooledConnection> LeaseTracker::Connections() const {
  return books_->Connections();
}

PoolCounts LeaseTracker::Counts() const {
  PoolCounts counts;
  counts.leased = books_->Leased();
  return counts;
}

std::optional<int> LeaseTracker::TakePeakLeased() { return books_->TakePeak(); }

}  // namespace leaktrap
