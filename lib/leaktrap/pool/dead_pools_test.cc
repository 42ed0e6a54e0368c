// What is left of pools that die with leases outstanding, once a verifier asked
// for it.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/pool/pool_registry.h"
#include "leaktrap/pool/watching.h"

namespace leaktrap {
namespace {

using ::leaktrap::internal::CountLeased;
using ::leaktrap::internal::ForgetLeaseOfDeadPool;
using ::leaktrap::internal::ListPools;
using ::leaktrap::internal::RegisteredPool;
using ::leaktrap::internal::WatchLeases;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeadPoolsTest : public ::testing::Test {
 protected:
  DeadPoolsTest() { WatchLeases(); }
};

// Keeps its own books.
class TwoConnections final : public ConnectionPool {
 public:
  std::string name() const override { return "mine"; }
  std::vector<PooledConnection> Connections() const override {
    return {{1, 0, "idle", {}, {}}, {2, 9, "leased", {4}, {}}};
  }
  PoolCounts Counts() const override { return {1, 1, 2, 0}; }
  uint64_t serial() const { return registration_.serial(); }

 private:
  PoolRegistration registration_{this};
};

TEST_F(DeadPoolsTest, LeasesStayVisibleUntilTheyComeBack) {
  auto ledger = std::make_unique<LeaseLedger>("http");
  ledger->Open("idle");
  const uint64_t id = ledger->Open("peer:1");
  ledger->SetDescriptors(id, {12});
  Lease first = ledger->CheckOut(id);
  Lease second = ledger->CheckOut(ledger->Open("peer:2"));
  const uint64_t serial = ListPools().at(0).serial;
  const auto since = [&] {
    for (const PooledConnection& c : ledger->Connections()) {
      if (c.id == id) return c.since;
    }
    return std::chrono::steady_clock::time_point();
  }();
  ledger.reset();

  std::vector<RegisteredPool> pools = ListPools();
  ASSERT_THAT(pools, SizeIs(1));
  EXPECT_FALSE(pools[0].alive);
  EXPECT_EQ(pools[0].name, "http");
  EXPECT_EQ(pools[0].serial, serial);
  EXPECT_THAT(pools[0].connections, SizeIs(2));

  second.Discard();
  pools = ListPools();
  ASSERT_THAT(pools, SizeIs(1));
  ASSERT_THAT(pools[0].connections, SizeIs(1));
  const PooledConnection& left = pools[0].connections[0];
  EXPECT_EQ(left.id, id);
  EXPECT_EQ(left.lease, first.number());
  EXPECT_EQ(left.peer, "peer:1");
  EXPECT_THAT(left.descriptors, ElementsAre(12));
  EXPECT_EQ(left.since, since);

  first.Return();
  EXPECT_THAT(ListPools(), IsEmpty());
}

TEST_F(DeadPoolsTest, PoolWithoutLeasesLeavesNothing) {
  {
    LeaseLedger ledger("http");
    ledger.CheckOut(ledger.Open("peer")).Return();
  }
  EXPECT_THAT(ListPools(), IsEmpty());
}

TEST_F(DeadPoolsTest, TheDeadKeepTheirPlace) {
  auto dying = std::make_unique<LeaseLedger>("dying");
  const LeaseLedger living("living");
  const Lease lease = dying->CheckOut(dying->Open("peer"));
  dying.reset();
  const std::vector<RegisteredPool> pools = ListPools();
  ASSERT_THAT(pools, SizeIs(2));
  EXPECT_EQ(pools[0].name, "dying");
  EXPECT_FALSE(pools[0].alive);
  EXPECT_EQ(pools[1].name, "living");
  EXPECT_TRUE(pools[1].alive);
}

TEST_F(DeadPoolsTest, LeasesOfTheDeadAreNotCounted) {
  auto ledger = std::make_unique<LeaseLedger>("http");
  const Lease lease = ledger->CheckOut(ledger->Open("peer"));
  EXPECT_EQ(CountLeased(), 1);
  ledger.reset();
  ASSERT_THAT(ListPools(), SizeIs(1));
  EXPECT_EQ(CountLeased(), 0);
}

TEST_F(DeadPoolsTest, OneDeadPoolsLeaseIsNotAnothers) {
  auto one = std::make_unique<LeaseLedger>("one");
  auto two = std::make_unique<LeaseLedger>("two");
  Lease of_one = one->CheckOut(one->Open("peer"));
  Lease of_two = two->CheckOut(two->Open("peer"));
  ASSERT_EQ(of_one.number(), of_two.number());
  one.reset();
  two.reset();
  of_one.Return();
  const std::vector<RegisteredPool> pools = ListPools();
  ASSERT_THAT(pools, SizeIs(1));
  EXPECT_EQ(pools[0].name, "two");
}

TEST_F(DeadPoolsTest, PoolsOfAUsersOwnBooksAreRemembered) {
  uint64_t serial;
  {
    const TwoConnections pool;
    serial = pool.serial();
    // It lives: its own books tell.
    ForgetLeaseOfDeadPool(serial, 9);
    ASSERT_THAT(ListPools(), SizeIs(1));
    EXPECT_THAT(ListPools()[0].connections, SizeIs(2));
  }
  const std::vector<RegisteredPool> pools = ListPools();
  ASSERT_THAT(pools, SizeIs(1));
  EXPECT_EQ(pools[0].name, "mine");
  EXPECT_FALSE(pools[0].alive);
  ASSERT_THAT(pools[0].connections, SizeIs(1));
  EXPECT_EQ(pools[0].connections[0].peer, "leased");

  ForgetLeaseOfDeadPool(serial, 8);
  ForgetLeaseOfDeadPool(serial + 1, 9);
  EXPECT_THAT(ListPools(), SizeIs(1));
  ForgetLeaseOfDeadPool(serial, 9);
  EXPECT_THAT(ListPools(), IsEmpty());
}

// A lease that comes back while its ledger dies is neither lost nor kept.
TEST_F(DeadPoolsTest, NoGhostsWhenLeasesComeBackDuringDeath) {
  constexpr int kRounds = 1000;
  std::atomic<bool> done{false};
  std::thread looker([&done] {
    while (!done) ListPools();
  });
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    auto ledger = std::make_unique<LeaseLedger>("http");
    std::atomic<bool> go{false};
    std::thread returner(
        [&go, lease = ledger->CheckOut(ledger->Open("peer"))]() mutable {
          while (!go) std::this_thread::yield();
          lease.Return();
        });
    go = true;
    ledger.reset();
    returner.join();
    EXPECT_THAT(ListPools(), IsEmpty()) << "in round " << i;
  }
  done = true;
  looker.join();
}

// While a lease is out, no look may miss it: not even one that falls between a
// pool's life and its death.
TEST_F(DeadPoolsTest, NoLookMissesALeaseWhileItsPoolDies) {
  constexpr int kRounds = 500;
  for (int i = 0; i < kRounds; ++i) {
    auto ledger = std::make_unique<LeaseLedger>("http");
    const Lease lease = ledger->CheckOut(ledger->Open("peer"));
    std::atomic<bool> looking{false};
    std::atomic<bool> done{false};
    std::atomic<int> misses{0};
    std::thread looker([&] {
      while (!done) {
        const std::vector<RegisteredPool> pools = ListPools();
        looking = true;
        if (pools.size() != 1 || pools[0].connections.size() != 1) ++misses;
      }
    });
    while (!looking) std::this_thread::yield();
    ledger.reset();
    done = true;
    looker.join();
    ASSERT_EQ(misses, 0) << "in round " << i;
  }
}

}  // namespace
}  // namespace leaktrap
