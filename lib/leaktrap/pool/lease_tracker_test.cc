#include "leaktrap/pool/lease_tracker.h"

#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/dirty_return.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/pool/watching.h"

namespace leaktrap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

static_assert(!std::is_copy_constructible_v<TrackedLease>);
static_assert(std::is_nothrow_move_constructible_v<TrackedLease>);
static_assert(std::is_nothrow_move_assignable_v<TrackedLease>);

struct Connection {
  int number = 0;
};

// A pool of somebody else's. `leased` says what its user still has.
class Pool {
 public:
  struct GiveBack {
    Pool* pool;
    void operator()(Connection* connection) const { pool->Put(connection); }
  };
  using Handle = std::unique_ptr<Connection, GiveBack>;

  Connection* Get() {
    ++leased_;
    return &connection_;
  }
  void Put(Connection*) {
    --leased_;
    if (on_put_) on_put_();
  }
  Handle Acquire() { return Handle(Get(), GiveBack{this}); }

  int leased() const { return leased_; }
  void set_on_put(std::function<void()> on_put) { on_put_ = std::move(on_put); }

 private:
  Connection connection_{7};
  int leased_ = 0;
  std::function<void()> on_put_;
};

class LeaseTrackerTest : public testing::Test {
 protected:
  LeaseTrackerTest() { internal::WatchLeases(); }

  Pool pool_;
  LeaseTracker tracker_{"db"};
};

TEST_F(LeaseTrackerTest, UniquePointer) {
  {
    auto connection = tracker_.Track(pool_.Acquire());
    EXPECT_EQ(connection->number, 7);
    EXPECT_EQ(tracker_.Counts().leased, 1);
    EXPECT_THAT(tracker_.Connections(), SizeIs(1));
    EXPECT_TRUE(tracker_.Connections()[0].leased());
  }
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
}

TEST_F(LeaseTrackerTest, UniquePointerThatMoves) {
  auto first = tracker_.Track(pool_.Acquire());
  auto second = std::move(first);
  EXPECT_EQ(tracker_.Counts().leased, 1);
  second = tracker_.Track(pool_.Acquire());
  EXPECT_EQ(tracker_.Counts().leased, 1);
  second.reset();
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
}

TEST_F(LeaseTrackerTest, UniquePointerThatMovesToItself) {
  {
    auto connection = tracker_.Track(pool_.Acquire());
    auto& same = connection;
    connection = std::move(same);
    EXPECT_EQ(connection->number, 7);
  }
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
}

// The pool may hand it on as soon as it is back.
TEST_F(LeaseTrackerTest, IsLeasedUntilItIsBack) {
  int leased_at_return = 0;
  pool_.set_on_put([&] { leased_at_return = tracker_.Counts().leased; });
  tracker_.Track(pool_.Acquire()).reset();
  EXPECT_EQ(leased_at_return, 1);
}

TEST_F(LeaseTrackerTest, SharedPointer) {
  std::shared_ptr<Connection> other;
  {
    const std::shared_ptr<Connection> connection =
        tracker_.Track(std::shared_ptr<Connection>(pool_.Acquire()));
    other = connection;
    EXPECT_EQ(other->number, 7);
  }
  EXPECT_EQ(tracker_.Counts().leased, 1);
  other.reset();
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

TEST_F(LeaseTrackerTest, Guard) {
  class Guard {
   public:
    explicit Guard(Pool* pool) : pool_(pool), connection_(pool->Get()) {}
    Guard(Guard&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          connection_(other.connection_) {}
    ~Guard() {
      if (pool_ != nullptr) pool_->Put(connection_);
    }
    int number() const { return connection_->number; }

   private:
    Pool* pool_;
    Connection* connection_;
  };
  {
    auto guard = tracker_.Track(Guard(&pool_));
    EXPECT_EQ(guard->number(), 7);
    EXPECT_EQ(tracker_.Counts().leased, 1);
  }
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

template <typename T, typename = void>
constexpr bool kCanTrack = false;
template <typename T>
constexpr bool
    kCanTrack<T, std::void_t<decltype(std::declval<LeaseTracker&>().Track(
                     std::declval<T>()))>> = true;
static_assert(kCanTrack<Pool::Handle>);
static_assert(kCanTrack<std::shared_ptr<Connection>>);
// The lease would end with the pointer, and the connection never come back.
static_assert(!kCanTrack<Connection*>);
static_assert(!kCanTrack<Connection*&>);
static_assert(!kCanTrack<const Connection*>);

TEST_F(LeaseTrackerTest, PairOfFunctions) {
  {
    auto connection = tracker_.Lend([&] { return pool_.Get(); },
                                    [&](Connection* c) { pool_.Put(c); });
    EXPECT_EQ(connection->number, 7);
    EXPECT_EQ(tracker_.Counts().leased, 1);
  }
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

TEST_F(LeaseTrackerTest, NothingIsNoLease) {
  EXPECT_EQ(tracker_.Track(Pool::Handle(nullptr, {&pool_})), nullptr);
  EXPECT_EQ(tracker_.Track(std::shared_ptr<Connection>()), nullptr);
  EXPECT_EQ(tracker_.Lend([]() -> Connection* { return nullptr; },
                          [](Connection*) {}),
            nullptr);
  EXPECT_THROW(
      tracker_.Lend(
          []() -> Connection* { throw std::runtime_error("none left"); },
          [](Connection*) {}),
      std::runtime_error);
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
}

TEST_F(LeaseTrackerTest, TellsWhatItWasTold) {
  const int closed = dup(0);
  const TrackedLease lease = tracker_.CheckOut({"127.0.0.1:5432", {0, closed}});
  close(closed);
  ASSERT_THAT(tracker_.Connections(), SizeIs(1));
  const PooledConnection told = tracker_.Connections()[0];
  EXPECT_EQ(told.peer, "127.0.0.1:5432");
  EXPECT_THAT(told.descriptors, ElementsAre(0));
  EXPECT_NE(told.lease, 0);
}

TEST_F(LeaseTrackerTest, NoTwoLeasesShareANumber) {
  auto first = tracker_.Track(pool_.Acquire());
  const uint64_t number = tracker_.Connections()[0].lease;
  first.reset();
  first = tracker_.Track(pool_.Acquire());
  EXPECT_NE(tracker_.Connections()[0].lease, number);
}

TEST_F(LeaseTrackerTest, Peak) {
  {
    const auto first = tracker_.Track(pool_.Acquire());
    const auto second = tracker_.Track(pool_.Acquire());
  }
  const auto third = tracker_.Track(pool_.Acquire());
  EXPECT_EQ(tracker_.TakePeakLeased(), 2);
  EXPECT_EQ(tracker_.TakePeakLeased(), 1);
}

// To a thread that was waiting for it.
TEST_F(LeaseTrackerTest, PeakOfOneThatIsLentAgainAsItComesBack) {
  TrackedLease again;
  EXPECT_EQ(tracker_.TakePeakLeased(), 0);
  auto lease = tracker_.Track(pool_.Acquire());
  pool_.set_on_put([&] { again = tracker_.CheckOut(); });
  lease.reset();
  pool_.set_on_put(nullptr);
  EXPECT_EQ(tracker_.TakePeakLeased(), 1);
  again.End();
  EXPECT_EQ(tracker_.TakePeakLeased(), 1);
  EXPECT_EQ(tracker_.TakePeakLeased(), 0);
}

// Negative is "cannot tell": a limit must not hold for want of a count.
TEST_F(LeaseTrackerTest, DoesNotKnowWhatThePoolOpensAndDiscards) {
  tracker_.Track(pool_.Acquire()).reset();
  EXPECT_LT(tracker_.Counts().opened, 0);
  EXPECT_LT(tracker_.Counts().discarded, 0);
}

TEST_F(LeaseTrackerTest, LeaseOutlivesItsTracker) {
  auto tracker = std::make_unique<LeaseTracker>("short-lived");
  TrackedLease lease = tracker->CheckOut();
  tracker.reset();
  const auto dead = [] {
    int count = 0;
    for (const internal::RegisteredPool& pool : internal::ListPools()) {
      if (pool.alive || pool.name != "short-lived") continue;
      count += static_cast<int>(pool.connections.size());
    }
    return count;
  };
  EXPECT_EQ(dead(), 1);
  lease.End();
  EXPECT_EQ(dead(), 0);
  lease.End();
}

std::vector<std::string> DirtSince(size_t first) {
  std::vector<std::string> dirt;
  for (size_t i = first; i < internal::CountDirtyReturns(); ++i) {
    const internal::DirtyReturn dirty = internal::GetDirtyReturn(i);
    dirt.push_back(dirty.pool + " to " + dirty.peer + " " + dirty.how);
  }
  return dirt;
}

TEST_F(LeaseTrackerTest, GivenBackDirty) {
  const size_t first = internal::CountDirtyReturns();
  TrackedLease lease = tracker_.CheckOut({"127.0.0.1:5432", {}});
  lease.NoteDirt("inside a transaction");
  EXPECT_EQ(tracker_.Counts().leased, 1);
  lease.End();
  lease.NoteDirt("too late");
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_THAT(DirtSince(first),
              ElementsAre("db to 127.0.0.1:5432 inside a transaction"));
}

// Says how a connection is that has been given back once too often, and fails
// where a test wants it to.
struct Inspector {
  LeaseTracker::Details Describe(const Connection* connection) const {
    if (connection->number < 0) throw std::runtime_error("not known");
    return {"peer " + std::to_string(connection->number), {0}};
  }
  std::string Dirt(const Connection* connection) const {
    if (connection->number < 0) throw std::runtime_error("not known");
    return connection->number == 7 ? "" : "changed";
  }
};

TEST_F(LeaseTrackerTest, InspectorDescribes) {
  const auto one = tracker_.Track(pool_.Acquire(), Inspector());
  ASSERT_THAT(tracker_.Connections(), SizeIs(1));
  EXPECT_EQ(tracker_.Connections()[0].peer, "peer 7");
  EXPECT_THAT(tracker_.Connections()[0].descriptors, ElementsAre(0));
}

TEST_F(LeaseTrackerTest, InspectorFindsDirt) {
  const size_t first = internal::CountDirtyReturns();
  std::vector<std::string> when;
  pool_.set_on_put([&] { when = DirtSince(first); });
  tracker_.Track(pool_.Acquire(), Inspector()).reset();
  EXPECT_THAT(when, IsEmpty());
  tracker_.Track(pool_.Acquire(), Inspector())->number = 8;
  EXPECT_THAT(when, ElementsAre("db to peer 7 changed"));
  tracker_.Track(std::shared_ptr<Connection>(pool_.Acquire()), Inspector())
      ->number = 9;
  tracker_
      .Lend([&] { return pool_.Get(); }, [&](Connection* c) { pool_.Put(c); },
            Inspector())
      ->number = 10;
  EXPECT_THAT(when, SizeIs(3));
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

TEST_F(LeaseTrackerTest, InspectorThatThrowsIsNotTakenForClean) {
  const size_t first = internal::CountDirtyReturns();
  pool_.Get()->number = -1;
  tracker_.Track(pool_.Acquire(), Inspector()).reset();
  EXPECT_THAT(DirtSince(first),
              ElementsAre("db to (its inspector threw) and could not be "
                          "inspected: not known"));
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

// Dirt of a guard is seen before the guard gives back, also when another guard
// takes its place.
TEST_F(LeaseTrackerTest, InspectorOfAGuard) {
  struct Guard {
    Pool::Handle handle;
    Connection* operator->() const { return handle.get(); }
  };
  struct OfGuard {
    LeaseTracker::Details Describe(const Guard&) const { return {}; }
    std::string Dirt(const Guard& guard) const {
      return guard.handle == nullptr ? "moved from"
                                     : Inspector().Dirt(guard.handle.get());
    }
  };
  const size_t first = internal::CountDirtyReturns();
  {
    auto guard = tracker_.Track(Guard{pool_.Acquire()}, OfGuard());
    guard->handle->number = 8;
    auto moved = std::move(guard);
    EXPECT_EQ(tracker_.Counts().leased, 1);
    moved = tracker_.Track(Guard{pool_.Acquire()}, OfGuard());
    EXPECT_THAT(DirtSince(first), SizeIs(1));
    EXPECT_EQ(tracker_.Counts().leased, 1);
    moved->handle->number = 7;
  }
  EXPECT_THAT(DirtSince(first), SizeIs(1));
  EXPECT_EQ(pool_.leased(), 0);
  EXPECT_EQ(tracker_.Counts().leased, 0);
}

// Nobody gives it back any more.
TEST_F(LeaseTrackerTest, PointerThatLetsGo) {
  auto connection = tracker_.Track(pool_.Acquire());
  Connection* const lost = connection.release();
  connection = tracker_.Track(pool_.Acquire());
  connection.reset();
  EXPECT_EQ(tracker_.Counts().leased, 1);
  EXPECT_THAT(tracker_.Connections(), SizeIs(1));
  pool_.Put(lost);

  connection = tracker_.Track(pool_.Acquire());
  pool_.Put(connection.release());
  connection.get_deleter().lease().End();
  EXPECT_EQ(tracker_.Counts().leased, 1);

  pool_.Put(tracker_.Track(pool_.Acquire()).release());
  EXPECT_EQ(tracker_.Counts().leased, 2);
}

TEST_F(LeaseTrackerTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 1000; ++round) {
        TrackedLease lease = tracker_.CheckOut();
        TrackedLease moved = std::move(lease);
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(tracker_.Connections().size(), 8u);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tracker_.Counts().leased, 0);
  EXPECT_THAT(tracker_.Connections(), IsEmpty());
}

}  // namespace
}  // namespace leaktrap
