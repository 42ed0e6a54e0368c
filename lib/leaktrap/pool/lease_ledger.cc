#include "leaktrap/pool/lease_ledger.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/pool/watching.h"

namespace leaktrap {
namespace internal {

// Shared by the ledger and its leases, so that a lease can outlive the ledger.
class LedgerBooks {
 public:
  explicit LedgerBooks(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  uint64_t Open(std::string peer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t id = ++opened_;
    Record& record = records_[id];
    record.peer = std::move(peer);
    record.since = Clock::now();
    return id;
  }

  void SetDescriptors(uint64_t id, std::vector<int> descriptors) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = records_.find(id);
    if (it != records_.end()) it->second.descriptors = std::move(descriptors);
  }

  void SetThreads(uint64_t id, std::vector<pid_t> threads) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = records_.find(id);
    if (it != records_.end()) it->second.threads = std::move(threads);
  }

  // Returns the number of the checkout, zero when there is none.
  uint64_t CheckOut(uint64_t id, const Checkout& checkout) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = records_.find(id);
    if (it == records_.end() || it->second.lease != 0) return 0;
    const uint64_t lease = last_lease_ + 1;
    leases_[lease] = id;
    last_lease_ = lease;
    peak_leased_ = std::max(peak_leased_, leases_.size());
    it->second.lease = lease;
    it->second.since = Clock::now();
    it->second.checkout = checkout;
    return lease;
  }

  void NoteDirt(uint64_t lease, std::string how, const Checkout& returned) {
    DirtyReturn dirty;
    dirty.pool = name_;
    dirty.how = std::move(how);
    dirty.returned = returned;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const Record& record = records_.at(leases_.at(lease));
      dirty.peer = record.peer;
      dirty.checked_out = record.checkout;
    }
    NoteDirtyReturn(std::move(dirty));
  }

  void Return(uint64_t lease) { End(lease, /*discard=*/false); }

  void DiscardLeased(uint64_t lease) { End(lease, /*discard=*/true); }

  void DiscardIdle(uint64_t id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = records_.find(id);
    if (it == records_.end() || it->second.lease != 0) return;
    records_.erase(it);
    ++discarded_;
  }

  std::vector<PooledConnection> Connections() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<PooledConnection> connections;
    connections.reserve(records_.size());
    for (const auto& [id, record] : records_) {
      connections.push_back({id, record.lease, record.peer, record.descriptors,
                             record.since, record.checkout, record.threads});
    }
    return connections;
  }

  PoolCounts Counts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    PoolCounts counts;
    counts.leased = static_cast<int>(leases_.size());
    counts.idle = static_cast<int>(records_.size() - leases_.size());
    counts.opened = static_cast<int64_t>(opened_);
    counts.discarded = discarded_;
    return counts;
  }

  int TakePeakLeased() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return static_cast<int>(std::exchange(peak_leased_, leases_.size()));
  }

  // The ledger that was registered as `serial` is about to unregister: from now
  // on, what comes back is also taken off the registry's list of the dead.
  void Close(uint64_t serial) {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_serial_ = serial;
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Record {
    std::string peer;
    std::vector<int> descriptors;
    std::vector<pid_t> threads;
    uint64_t lease = 0;
    Clock::time_point since;
    Checkout checkout;
  };

  void End(uint64_t lease, bool discard) {
    uint64_t closed_serial;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto it = leases_.find(lease);
      const auto record = records_.find(it->second);
      if (discard) {
        records_.erase(record);
        ++discarded_;
      } else {
        record->second.lease = 0;
        record->second.since = Clock::now();
        record->second.checkout = Checkout();
      }
      leases_.erase(it);
      closed_serial = closed_serial_;
    }
    // Unlocked: a ledger that dies asks for Connections() with the registry
    // locked. The lease is off the books by now, so either it was not among
    // them or it is found and forgotten here.
    if (closed_serial != 0) ForgetLeaseOfDeadPool(closed_serial, lease);
  }

  const std::string name_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Record> records_;   // by connection
  std::unordered_map<uint64_t, uint64_t> leases_;  // lease to connection
  uint64_t opened_ = 0;                            // and the last id given out
  uint64_t last_lease_ = 0;
  int64_t discarded_ = 0;
  size_t peak_leased_ = 0;      // since TakePeakLeased()
  uint64_t closed_serial_ = 0;  // zero while the ledger lives
};

}  // namespace internal

Lease::Lease(Lease&& other) noexcept
    : books_(std::move(other.books_)),
      number_(std::exchange(other.number_, 0)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Return();
  books_ = std::move(other.books_);
  number_ = std::exchange(other.number_, 0);
  return *this;
}

void Lease::Return() {
  if (books_ == nullptr) return;
  std::exchange(books_, nullptr)->Return(std::exchange(number_, 0));
}

void Lease::NoteDirt(std::string how) {
  if (books_ == nullptr || !internal::LeasesAreWatched()) return;
  books_->NoteDirt(number_, std::move(how), RecordCheckout());
}

void Lease::Discard() {
  if (books_ == nullptr) return;
  std::exchange(books_, nullptr)->DiscardLeased(std::exchange(number_, 0));
}

// Registering comes last: from then on other threads call Connections().
LeaseLedger::LeaseLedger(std::string name)
    : books_(std::make_shared<internal::LedgerBooks>(std::move(name))),
      registration_(this) {}

LeaseLedger::~LeaseLedger() { books_->Close(registration_.serial()); }

uint64_t LeaseLedger::Open(std::string peer) {
  return books_->Open(std::move(peer));
}

void LeaseLedger::SetDescriptors(uint64_t connection,
                                 std::vector<int> descriptors) {
  books_->SetDescriptors(connection, std::move(descriptors));
}

void LeaseLedger::SetThreads(uint64_t connection, std::vector<pid_t> threads) {
  books_->SetThreads(connection, std::move(threads));
}

Lease LeaseLedger::CheckOut(uint64_t connection) {
  // Before the books are locked: it walks the stack.
  const uint64_t number = books_->CheckOut(connection, RecordCheckout());
  return number == 0 ? Lease() : Lease(books_, number);
}

void LeaseLedger::Discard(uint64_t connection) {
  books_->DiscardIdle(connection);
}

std::string LeaseLedger::name() const { return books_->name(); }

std::vector<PooledConnection> LeaseLedger::Connections() const {
  return books_->Connections();
}

PoolCounts LeaseLedger::Counts() const { return books_->Counts(); }

std::optional<int> LeaseLedger::TakePeakLeased() {
  return books_->TakePeakLeased();
}

}  // namespace leaktrap
