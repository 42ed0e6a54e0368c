#include "leaktrap/pool/lease_tracker.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/open_descriptor.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/pool/watching.h"

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
    Record record;
    record.open = OpenDescriptors(details.descriptors);
    PooledConnection& connection = record.connection;
    connection.peer = std::move(details.peer);
    connection.descriptors = std::move(details.descriptors);
    connection.since = std::chrono::steady_clock::now();
    connection.checkout = checkout;
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t number = ++last_number_;
    connection.id = number;
    connection.lease = number;
    RemoveIdle([&](const Record& idle) { return Share(idle, record); });
    leases_.emplace(number, std::move(record));
    peak_ = std::max(peak_, LeasedAtOnce());
    return number;
  }

  // It goes back now, and may be lent again before End() tells that it is back.
  void BeginReturn(uint64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Record& record = leases_.at(number);
    if (!std::exchange(record.returns, true)) ++returning_;
  }

  void End(uint64_t number) {
    uint64_t closed_serial;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      BecomeIdle(number);
      closed_serial = closed_serial_;
    }
    // Unlocked, and after it is off the books: see LedgerBooks.
    if (closed_serial != 0) ForgetLeaseOfDeadPool(closed_serial, number);
  }

  // Of a lease that is noted, as the next.
  void NoteDescriptors(uint64_t number, const std::vector<int>& descriptors) {
    std::vector<OpenDescriptor> open = OpenDescriptors(descriptors);
    const std::lock_guard<std::mutex> lock(mutex_);
    Record& record = leases_.at(number);
    record.connection.descriptors = descriptors;
    record.open = std::move(open);
  }

  void NoteDirty(uint64_t number, std::string how, const Checkout& returned) {
    DirtyReturn dirty;
    dirty.pool = name_;
    dirty.how = std::move(how);
    dirty.returned = returned;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const PooledConnection& connection = leases_.at(number).connection;
      dirty.peer = connection.peer;
      dirty.checked_out = connection.checkout;
    }
    NoteDirtyReturn(std::move(dirty));
  }

  std::vector<PooledConnection> Connections() {
    const std::lock_guard<std::mutex> lock(mutex_);
    RemoveClosed();
    std::vector<PooledConnection> connections;
    connections.reserve(leases_.size() + idle_.size());
    for (const auto& [number, record] : leases_) {
      PooledConnection& connection =
          connections.emplace_back(record.connection);
      // What was closed meanwhile may have become another connection's.
      connection.descriptors.clear();
      for (const OpenDescriptor& open : record.open) {
        if (IsStillOpen(open)) connection.descriptors.push_back(open.number);
      }
    }
    for (const Record& record : idle_) {
      connections.push_back(record.connection);
    }
    return connections;
  }

  int Idle() {
    const std::lock_guard<std::mutex> lock(mutex_);
    RemoveClosed();
    return static_cast<int>(idle_.size());
  }

  // To be asked while the tracker lives.
  int Leased() const {
    return static_cast<int>(holders_.load(std::memory_order_relaxed)) - 1;
  }

  int TakePeak() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const int leased = LeasedAtOnce();
    return std::max(std::exchange(peak_, leased), leased);
  }

  // As LedgerBooks::Close().
  void Close(uint64_t serial) {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_serial_ = serial;
  }

 private:
  struct Record {
    PooledConnection connection;
    std::vector<OpenDescriptor> open;  // of the connection's descriptors
    bool returns = false;              // see BeginReturn()
  };

  ~TrackerBooks() = default;

  // Whether both sit on one descriptor.
  static bool Share(const Record& a, const Record& b) {
    return std::find_first_of(a.open.begin(), a.open.end(), b.open.begin(),
                              b.open.end()) != a.open.end();
  }

  // What follows is to be called with the lock held.

  // Without those that go back: a pool of one that lends its connection again
  // while the last return is under way has one leased, not two. A lease is held
  // a moment longer than it is on the books, so those that never were are the
  // least difference that was seen.
  int LeasedAtOnce() {
    const int noted = static_cast<int>(leases_.size());
    unnoted_ = std::min(unnoted_, Leased() - noted);
    return noted - returning_ + unnoted_;
  }

  template <typename Predicate>
  void RemoveIdle(Predicate is_not) {
    idle_.erase(std::remove_if(idle_.begin(), idle_.end(), is_not),
                idle_.end());
  }

  void RemoveClosed() {
    RemoveIdle([](const Record& idle) {
      return !std::all_of(idle.open.begin(), idle.open.end(), &IsStillOpen);
    });
  }

  // One without descriptors is nothing that anybody could take for a leak.
  void BecomeIdle(uint64_t number) {
    const auto it = leases_.find(number);
    if (it == leases_.end()) return;
    Record record = std::move(it->second);
    leases_.erase(it);
    if (record.returns) --returning_;
    if (record.open.empty()) return;
    // The pool may have lent it again before this is told.
    for (const auto& [other, lease] : leases_) {
      if (Share(lease, record)) return;
    }
    record.connection.lease = 0;
    record.connection.since = std::chrono::steady_clock::now();
    idle_.push_back(std::move(record));
    // A pool that closes what comes back keeps nothing, and the same file
    // opened again may get the same number.
    RemoveClosed();
  }

  const std::string name_;
  std::atomic<int64_t> holders_{1};
  mutable std::mutex mutex_;
  // Those that began while somebody looked.
  std::unordered_map<uint64_t, Record> leases_;
  // Those that were given back, unless their descriptors were closed since.
  std::vector<Record> idle_;
  uint64_t last_number_ = 0;
  int returning_ = 0;
  int unnoted_ = std::numeric_limits<int>::max();
  int peak_ = 0;
  uint64_t closed_serial_ = 0;
};

// Held by a lease that never ends. LeakSanitizer is to see that somebody still
// knows of it: the connection is lost, and the books are not.
void KeepForever(TrackerBooks* books) {
  static auto& mutex = *new std::mutex;
  static auto& kept = *new std::set<TrackerBooks*>;
  const std::lock_guard<std::mutex> lock(mutex);
  kept.insert(books);
}

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

void TrackedLease::AbandonHeld() {
  internal::KeepForever(std::exchange(books_, nullptr));
}

void TrackedLease::BeginReturn() {
  if (IsNoted()) books_->BeginReturn(number_);
}

void TrackedLease::NoteDescriptors(const std::vector<int>& descriptors) {
  // A guard that has let go of its connection names none.
  if (!IsNoted() || descriptors.empty()) return;
  books_->NoteDescriptors(number_, descriptors);
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

TrackedLease LeaseTracker::CheckOutUnnoted() {
  books_->Hold();
  return TrackedLease(books_.get(), 0);
}

TrackedLease LeaseTracker::CheckOut(Details details) {
  TrackedLease lease = CheckOutUnnoted();
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
  counts.idle = books_->Idle();
  // What a pool does with its connections is not seen from outside.
  counts.opened = -1;
  counts.discarded = -1;
  return counts;
}

std::optional<int> LeaseTracker::TakePeakLeased() { return books_->TakePeak(); }

}  // namespace leaktrap
