// The books of a connection pool: which connection is leased, which is idle.
//
//   class Pool {
//    public:
//     Handle Acquire() {
//       ...
//       handle.lease = ledger_.CheckOut(handle.id);
//       return handle;  // when the handle dies, the lease is given back
//     }
//     ...
//    private:
//     leaktrap::LeaseLedger ledger_{"http"};
//   };
//
// Fit for production code: needs neither GoogleTest nor Abseil.

#ifndef LEAKTRAP_POOL_LEASE_LEDGER_H_
#define LEAKTRAP_POOL_LEASE_LEDGER_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leaktrap/pool/connection_pool.h"

namespace leaktrap {

namespace internal {
class LedgerBooks;
}  // namespace internal

// One checkout of one connection. Move-only; giving it back is what its
// destructor does. May outlive its ledger, and may be given back by another
// thread than the one that checked it out; one Lease object is not to be used
// by two threads at once.
class [[nodiscard]] Lease {
 public:
  // Holds nothing.
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { Return(); }

  // Whether it still holds a connection.
  explicit operator bool() const { return books_ != nullptr; }

  // The number of this checkout; zero when it holds nothing.
  uint64_t number() const { return number_; }

  // The connection becomes idle. Does nothing when it holds nothing.
  void Return();

  // It is about to become idle in a state in which the next user must not get
  // it, with how that is: "inside a transaction". A bug of its own, told with
  // the caller's line. Does nothing when it holds nothing, or nobody looks.
  void NoteDirt(std::string how);

  // The connection leaves the pool: it was closed, or is not fit for re-use.
  // Close its descriptors first. Does nothing when it holds nothing.
  void Discard();

 private:
  friend class LeaseLedger;
  Lease(std::shared_ptr<internal::LedgerBooks> books, uint64_t number)
      : books_(std::move(books)), number_(number) {}

  std::shared_ptr<internal::LedgerBooks> books_;
  uint64_t number_ = 0;
};

// Thread-safe.
class LeaseLedger final : public ConnectionPool {
 public:
  // Registers itself under `name`.
  explicit LeaseLedger(std::string name);
  ~LeaseLedger() override;

  LeaseLedger(const LeaseLedger&) = delete;
  LeaseLedger& operator=(const LeaseLedger&) = delete;

  // Enters a new connection, idle for now. Returns its id, which is never zero
  // and never given out again.
  uint64_t Open(std::string peer);

  // Says which descriptors `connection` sits on from now on. Take one out when
  // it is closed: the next descriptor of that number would be taken for the
  // pool's. Does nothing for a connection that the ledger does not know.
  void SetDescriptors(uint64_t connection, std::vector<int> descriptors);

  // Says which threads serve `connection` from now on, by gettid(2): while it
  // is idle they are the pool's. Take one out when it ends.
  void SetThreads(uint64_t connection, std::vector<pid_t> threads);

  // Leases an idle connection. The lease holds nothing when `connection` is
  // unknown or leased already: a pool that gives one connection to two users
  // has a bug of its own.
  Lease CheckOut(uint64_t connection);

  // An idle connection leaves the pool. Close its descriptors first. Does
  // nothing for one that is leased or unknown.
  void Discard(uint64_t connection);

  std::string name() const override;
  std::vector<PooledConnection> Connections() const override;
  PoolCounts Counts() const override;
  bool OnlyThisProcessChangesIt() const override { return true; }
  std::optional<int> TakePeakLeased() override;

 private:
  std::shared_ptr<internal::LedgerBooks> books_;
  PoolRegistration registration_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_POOL_LEASE_LEDGER_H_
