// Watches what a connection pool lends, from outside: for pools that you do not
// want to change, or cannot.
//
//   leaktrap::LeaseTracker leases("db");               // beside the pool
//   auto connection = leases.Track(pool.Acquire());    // pool.Acquire() before
//
// What Acquire() gives may be a std::unique_ptr with a deleter that gives the
// connection back, a std::shared_ptr, or a guard object; what Track() gives is
// used as that was. For a pair of functions:
//
//   auto connection = leases.Lend([&] { return pool.checkout(); },
//                                 [&](Connection* c) { pool.checkin(c); });
//
// A test that ends with a lease outstanding fails, with the line that called
// Track() or Lend().
//
// Fit for production code: needs neither GoogleTest nor Abseil. As long as no
// verifier looks, a checkout and its return count up and down, and note
// nothing.

#ifndef LEAKTRAP_POOL_LEASE_TRACKER_H_
#define LEAKTRAP_POOL_LEASE_TRACKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "leaktrap/pool/connection_pool.h"

namespace leaktrap {

namespace internal {
class TrackerBooks;
}  // namespace internal

// One lease that a LeaseTracker watches. Move-only; it ends with the object.
// May outlive its tracker, and may end on another thread than the one it began
// on; one object is not to be used by two threads at once.
class [[nodiscard]] TrackedLease {
 public:
  // Holds nothing.
  TrackedLease() = default;
  TrackedLease(TrackedLease&& other) noexcept
      : books_(std::exchange(other.books_, nullptr)), number_(other.number_) {}
  TrackedLease& operator=(TrackedLease&& other) noexcept;
  ~TrackedLease() { End(); }

  // The connection is back in its pool. Does nothing when it holds nothing.
  void End() {
    if (books_ != nullptr) EndHeld();
  }

  // The same for one that the next user must not get as it is, with how that
  // is: "inside a transaction". A bug of its own, told with the caller's line.
  void EndDirty(std::string how);

 private:
  friend class LeaseTracker;
  TrackedLease(internal::TrackerBooks* books, uint64_t number)
      : books_(books), number_(number) {}

  void EndHeld();

  internal::TrackerBooks* books_ = nullptr;  // lives as long as its leases
  uint64_t number_ = 0;                      // zero if nobody looked
};

// A deleter, and the lease that ends when it has given the connection back.
template <typename Deleter>
class TrackedDeleter {
 public:
  TrackedDeleter() = default;
  TrackedDeleter(Deleter deleter, TrackedLease lease)
      : deleter_(std::move(deleter)), lease_(std::move(lease)) {}

  template <typename Pointer>
  void operator()(Pointer connection) {
    deleter_(connection);
    lease_.End();
  }

  Deleter& get() { return deleter_; }
  const Deleter& get() const { return deleter_; }

 private:
  Deleter deleter_;
  TrackedLease lease_;
};

// A guard, whose destructor gives the connection back, and its lease.
template <typename Guard>
class Tracked {
 public:
  Tracked(Guard guard, TrackedLease lease)
      : lease_(std::move(lease)), guard_(std::move(guard)) {}

  Guard& get() { return guard_; }
  const Guard& get() const { return guard_; }
  Guard* operator->() { return &guard_; }
  const Guard* operator->() const { return &guard_; }
  Guard& operator*() { return guard_; }
  const Guard& operator*() const { return guard_; }

 private:
  TrackedLease lease_;  // ends after the guard
  Guard guard_;
};

// Thread-safe. As all pools, it must not be destroyed while a look at it is
// under way: see PoolRegistration.
class LeaseTracker final : public ConnectionPool {
 public:
  // What a report says of a connection beyond its pool's name.
  struct Details {
    std::string peer;              // "127.0.0.1:5432"
    std::vector<int> descriptors;  // that it sits on
  };

  // Registers itself under `name`.
  explicit LeaseTracker(std::string name);
  ~LeaseTracker() override;

  LeaseTracker(const LeaseTracker&) = delete;
  LeaseTracker& operator=(const LeaseTracker&) = delete;

  // A connection was checked out; the lease is to end when it is given back.
  TrackedLease CheckOut() { return CheckOut(Details()); }
  TrackedLease CheckOut(Details details);

  // `connection` in a form that ends its lease when it is given back. One that
  // holds nothing, since the pool was empty, is no lease.
  template <typename T, typename Deleter>
  std::unique_ptr<T, TrackedDeleter<Deleter>> Track(
      std::unique_ptr<T, Deleter> connection, Details details = Details()) {
    TrackedLease lease;
    if (connection != nullptr) lease = CheckOut(std::move(details));
    Deleter deleter = std::move(connection.get_deleter());
    return {connection.release(),
            TrackedDeleter<Deleter>(std::move(deleter), std::move(lease))};
  }

  template <typename T>
  std::shared_ptr<T> Track(std::shared_ptr<T> connection,
                           Details details = Details()) {
    if (connection == nullptr) return nullptr;
    auto held = std::make_shared<Tracked<std::shared_ptr<T>>>(
        connection, CheckOut(std::move(details)));
    return std::shared_ptr<T>(std::move(held), connection.get());
  }

  template <typename Guard>
  Tracked<Guard> Track(Guard guard, Details details = Details()) {
    return Tracked<Guard>(std::move(guard), CheckOut(std::move(details)));
  }

  // Calls `acquire`, which gives a pointer, and `release` with that pointer
  // when what is returned is destroyed. Nothing is leased while `acquire`
  // waits, nor if it throws or gives null.
  template <typename Acquire, typename Release>
  auto Lend(Acquire acquire, Release release, Details details = Details()) {
    using Pointer = std::invoke_result_t<Acquire&>;
    using T = std::remove_pointer_t<Pointer>;
    return Track(std::unique_ptr<T, Release>(acquire(), std::move(release)),
                 std::move(details));
  }

  std::string name() const override;
  std::vector<PooledConnection> Connections() const override;
  PoolCounts Counts() const override;
  std::optional<int> TakePeakLeased() override;
  bool OnlyThisProcessChangesIt() const override { return true; }

 private:
  struct LetGo {
    void operator()(internal::TrackerBooks* books) const;
  };

  const std::unique_ptr<internal::TrackerBooks, LetGo> books_;
  PoolRegistration registration_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_POOL_LEASE_TRACKER_H_
