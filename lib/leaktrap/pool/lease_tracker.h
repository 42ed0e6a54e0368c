// Watches what a connection pool lends, from outside: for pools that you do not
// want to change, or cannot.
//
//   leaktrap::LeaseTracker leases("db");               // beside the pool
//   auto connection = leases.Track(pool.Acquire());    // pool.Acquire() before
//
// What Acquire() gives may be a std::unique_ptr with a deleter that gives the
// connection back, a std::shared_ptr, or a guard object; what Track() gives is
// used as that pointer was, or holds that guard. For a pair of functions:
//
//   auto connection = leases.Lend([&] { return pool.checkout(); },
//                                 [&](Connection* c) { pool.checkin(c); });
//
// A test that ends with a lease outstanding fails, with the line that called
// Track() or Lend(). A connection that was given back is idle as long as the
// descriptors are open that it was given back on.
//
// An inspector says what the pool cannot: which descriptors a connection sits
// on, and whether the next user may have it as it is. It is any type with these
// two functions; there are some for client libraries in leaktrap/adapters/.
//
//   struct Inspector {
//     leaktrap::LeaseTracker::Details Describe(const Connection* c) const {
//       return {c->peer(), {c->fd()}};
//     }
//     std::string Dirt(const Connection* c) const {  // empty if it is clean
//       return c->in_transaction() ? "inside a transaction" : "";
//     }
//   };
//   auto connection = leases.Track(pool.Acquire(), Inspector());
//
// Fit for production code: needs neither GoogleTest nor Abseil. As long as no
// verifier looks, a checkout and its return count up and down, note nothing and
// inspect nothing.

#ifndef LEAKTRAP_POOL_LEASE_TRACKER_H_
#define LEAKTRAP_POOL_LEASE_TRACKER_H_

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/watching.h"

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

  // It is about to go back in a state in which the next user must not get it,
  // with how that is: "inside a transaction". A bug of its own, told with the
  // caller's line. Does nothing unless IsNoted().
  void NoteDirt(std::string how);

  // It goes back now, and End() follows when it is back. In between the pool
  // may lend it again, and it is not counted twice as leased at one time. Does
  // nothing unless IsNoted().
  void BeginReturn();

  // On which descriptors it goes back, where these may be others than those at
  // its beginning: a connection may have been made anew. Does nothing if there
  // are none, or unless IsNoted().
  void NoteDescriptors(const std::vector<int>& descriptors);

  // Whether a verifier looked when it began, so that it stands in the books.
  bool IsNoted() const { return number_ != 0 && books_ != nullptr; }

  // The connection is lost: nobody is left to give it back, and the lease stays
  // outstanding for ever.
  void Abandon() {
    if (books_ != nullptr) AbandonHeld();
  }

 private:
  friend class LeaseTracker;
  TrackedLease(internal::TrackerBooks* books, uint64_t number)
      : books_(books), number_(number) {}

  void EndHeld();
  void AbandonHeld();

  internal::TrackerBooks* books_ = nullptr;  // lives as long as its leases
  uint64_t number_ = 0;                      // zero if nobody looked
};

namespace internal {

// What `ask` threw, after a colon if it has words for it; nothing if it threw
// nothing. Programs that are built
// without exceptions have inspectors that throw none.
template <typename Ask>
std::optional<std::string> WhatIsThrownBy(Ask ask) {
#ifdef __cpp_exceptions
  try {
    ask();
  } catch (const std::exception& error) {
    return std::string(": ") + error.what();
  } catch (...) {
    return "";
  }
#else
  ask();
#endif
  return std::nullopt;
}

// Asks just before the connection goes back. One that cannot be asked is not
// taken for a clean one.
template <typename Inspector, typename Connection>
void InspectReturn(const Inspector& inspector, const Connection& connection,
                   TrackedLease* lease) {
  if (!lease->IsNoted()) return;
  std::string dirt;
  const auto thrown = WhatIsThrownBy([&] {
    lease->NoteDescriptors(inspector.Describe(connection).descriptors);
    dirt = inspector.Dirt(connection);
  });
  if (thrown.has_value()) dirt = "and could not be inspected" + *thrown;
  if (!dirt.empty()) lease->NoteDirt(std::move(dirt));
  lease->BeginReturn();
}

}  // namespace internal

// A deleter, and the lease that ends when it has given the connection back.
template <typename Deleter, typename Inspector>
class TrackedDeleter {
 public:
  TrackedDeleter() = default;
  TrackedDeleter(Deleter deleter, Inspector inspector, TrackedLease lease)
      : deleter_(std::move(deleter)),
        inspector_(std::move(inspector)),
        lease_(std::move(lease)) {}
  TrackedDeleter(TrackedDeleter&&) = default;
  TrackedDeleter& operator=(TrackedDeleter&& other) {
    if (this == &other) return *this;
    lease_.Abandon();
    deleter_ = std::move(other.deleter_);
    inspector_ = std::move(other.inspector_);
    lease_ = std::move(other.lease_);
    return *this;
  }
  // A pointer that let go of its connection (std::unique_ptr::release()) never
  // called operator(): nothing was given back.
  ~TrackedDeleter() { lease_.Abandon(); }

  template <typename Pointer>
  void operator()(Pointer connection) {
    internal::InspectReturn(inspector_, connection, &lease_);
    deleter_(connection);
    lease_.End();
  }

  Deleter& get() { return deleter_; }
  const Deleter& get() const { return deleter_; }

  // For a connection that was taken out of its pointer by release() and is
  // given back by other means.
  TrackedLease& lease() { return lease_; }

 private:
  Deleter deleter_;
  Inspector inspector_;
  TrackedLease lease_;
};

// A guard, whose destructor gives the connection back, and its lease.
template <typename Guard, typename Inspector>
class Tracked {
 public:
  Tracked(Guard guard, Inspector inspector, TrackedLease lease)
      : lease_(std::move(lease)),
        inspector_(std::move(inspector)),
        guard_(std::move(guard)) {}
  Tracked(Tracked&&) = default;
  Tracked& operator=(Tracked&& other) {
    if (this == &other) return *this;
    internal::InspectReturn(inspector_, guard_, &lease_);
    guard_ = std::move(other.guard_);
    inspector_ = std::move(other.inspector_);
    lease_ = std::move(other.lease_);
    return *this;
  }
  ~Tracked() { internal::InspectReturn(inspector_, guard_, &lease_); }

  Guard& get() { return guard_; }
  const Guard& get() const { return guard_; }
  Guard* operator->() { return &guard_; }
  const Guard* operator->() const { return &guard_; }
  Guard& operator*() { return guard_; }
  const Guard& operator*() const { return guard_; }

 private:
  TrackedLease lease_;  // ends after the guard
  Inspector inspector_;
  Guard guard_;
};

// The inspector of connections of which nothing is known.
struct NoInspector;

// Thread-safe; an inspector is called by the thread that checks out or gives
// back, with no lock held. As all pools, it must not be destroyed while a look
// at it is under way: see PoolRegistration.
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

  // `connection` in a form that ends its lease when it is given back. A pointer
  // that holds nothing, since the pool was empty, is no lease; a guard always
  // is one. The inspector is given a plain pointer.
  template <typename T, typename Deleter, typename Inspector = NoInspector>
  std::unique_ptr<T, TrackedDeleter<Deleter, Inspector>> Track(
      std::unique_ptr<T, Deleter> connection,
      Inspector inspector = Inspector()) {
    TrackedLease lease;
    if (connection != nullptr) lease = CheckOut(connection.get(), inspector);
    Deleter deleter = std::move(connection.get_deleter());
    return {connection.release(),
            TrackedDeleter<Deleter, Inspector>(
                std::move(deleter), std::move(inspector), std::move(lease))};
  }

  template <typename T, typename Inspector = NoInspector>
  std::shared_ptr<T> Track(std::shared_ptr<T> connection,
                           Inspector inspector = Inspector()) {
    if (connection == nullptr) return nullptr;
    T* const pointer = connection.get();
    auto lease = CheckOut(pointer, inspector);
    using Held = Tracked<std::shared_ptr<T>, OfPointee<Inspector>>;
    auto held = std::make_shared<Held>(std::move(connection),
                                       OfPointee<Inspector>{inspector},
                                       std::move(lease));
    return std::shared_ptr<T>(std::move(held), pointer);
  }

  // The inspector is given the guard. The lease ends with what is returned, so
  // do not move the guard out of it.
  template <typename Guard, typename Inspector = NoInspector>
  Tracked<Guard, Inspector> Track(Guard guard,
                                  Inspector inspector = Inspector()) {
    TrackedLease lease = CheckOut(guard, inspector);
    return {std::move(guard), std::move(inspector), std::move(lease)};
  }

  // A plain pointer gives nothing back when it dies: see Lend().
  template <typename T, typename Inspector = NoInspector>
  void Track(T* connection, Inspector inspector = Inspector()) = delete;

  // Calls `acquire`, which gives a pointer, and `release` with that pointer
  // when what is returned is destroyed. Nothing is leased while `acquire`
  // waits, nor if it throws or gives null.
  template <typename Acquire, typename Release,
            typename Inspector = NoInspector>
  auto Lend(Acquire acquire, Release release,
            Inspector inspector = Inspector()) {
    using Pointer = std::invoke_result_t<Acquire&>;
    using T = std::remove_pointer_t<Pointer>;
    return Track(std::unique_ptr<T, Release>(acquire(), std::move(release)),
                 std::move(inspector));
  }

  std::string name() const override;
  std::vector<PooledConnection> Connections() const override;
  PoolCounts Counts() const override;
  std::optional<int> TakePeakLeased() override;
  bool OnlyThisProcessChangesIt() const override { return true; }

 private:
  // Of the inspector of a pointer, one of a smart pointer.
  template <typename Inspector>
  struct OfPointee {
    template <typename Pointer>
    Details Describe(const Pointer& pointer) const {
      return pointer == nullptr ? Details() : inspector.Describe(pointer.get());
    }
    template <typename Pointer>
    std::string Dirt(const Pointer& pointer) const {
      return pointer == nullptr ? "" : inspector.Dirt(pointer.get());
    }
    Inspector inspector;
  };

  TrackedLease CheckOutUnnoted();

  template <typename Connection, typename Inspector>
  TrackedLease CheckOut(const Connection& connection,
                        const Inspector& inspector);

  struct LetGo {
    void operator()(internal::TrackerBooks* books) const;
  };

  const std::unique_ptr<internal::TrackerBooks, LetGo> books_;
  PoolRegistration registration_;
};

struct NoInspector {
  template <typename Connection>
  LeaseTracker::Details Describe(const Connection&) const {
    return {};
  }
  template <typename Connection>
  std::string Dirt(const Connection&) const {
    return "";
  }
};

template <typename Connection, typename Inspector>
TrackedLease LeaseTracker::CheckOut(const Connection& connection,
                                    const Inspector& inspector) {
  if (!internal::LeasesAreWatched()) return CheckOutUnnoted();
  Details details;
  const auto thrown = internal::WhatIsThrownBy(
      [&] { details = inspector.Describe(connection); });
  // A lease all the same.
  if (thrown.has_value()) details.peer = "(its inspector threw)";
  return CheckOut(std::move(details));
}

}  // namespace leaktrap

#endif  // LEAKTRAP_POOL_LEASE_TRACKER_H_
