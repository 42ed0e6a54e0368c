#include "leaktrap/pool/pool_registry.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"

// Nothing in this program asks for leases of dead pools: see dead_pools_test.
namespace leaktrap {
namespace {

using ::leaktrap::internal::CountLeased;
using ::leaktrap::internal::ListPools;
using ::leaktrap::internal::RegisteredPool;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const RegisteredPool& pool : ListPools()) names.push_back(pool.name);
  return names;
}

// A pool that keeps its own books, and stops a look at them for as long as the
// test likes.
class SlowPool final : public ConnectionPool {
 public:
  explicit SlowPool(std::string name) : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  std::vector<PooledConnection> Connections() const override {
    entered_.set_value();
    go_on_.wait();
    const std::lock_guard<std::mutex> lock(mutex_);
    return connections_;
  }
  PoolCounts Counts() const override { return {}; }

  void AwaitLook() { looked_at_.wait(); }
  void LetLookGoOn() { let_go_on_.set_value(); }
  std::mutex& mutex() { return mutex_; }

 private:
  const std::string name_;
  mutable std::promise<void> entered_;
  std::future<void> looked_at_ = entered_.get_future();
  std::promise<void> let_go_on_;
  std::shared_future<void> go_on_ = let_go_on_.get_future().share();
  mutable std::mutex mutex_;
  std::vector<PooledConnection> connections_ = {{1, 5, "peer", {3}, {}}};
  PoolRegistration registration_{this};
};

TEST(PoolRegistryTest, ListsPoolsInOrderOfRegistration) {
  EXPECT_THAT(ListPools(), IsEmpty());
  const LeaseLedger first("b");
  std::optional<LeaseLedger> second("c");
  const LeaseLedger third("a");
  EXPECT_THAT(Names(), ElementsAre("b", "c", "a"));
  second.reset();
  EXPECT_THAT(Names(), ElementsAre("b", "a"));
  second.emplace("c");
  EXPECT_THAT(Names(), ElementsAre("b", "a", "c"));
}

TEST(PoolRegistryTest, ShowsWhatThePoolTells) {
  LeaseLedger ledger("http");
  const uint64_t idle = ledger.Open("peer:1");
  ledger.SetDescriptors(idle, {11});
  const uint64_t leased = ledger.Open("peer:2");
  const Lease lease = ledger.CheckOut(leased);

  const std::vector<RegisteredPool> pools = ListPools();
  ASSERT_EQ(pools.size(), 1);
  EXPECT_TRUE(pools[0].alive);
  EXPECT_NE(pools[0].serial, 0);
  ASSERT_EQ(pools[0].connections.size(), 2);
  for (const PooledConnection& connection : pools[0].connections) {
    if (connection.id == idle) {
      EXPECT_FALSE(connection.leased());
      EXPECT_EQ(connection.peer, "peer:1");
      EXPECT_THAT(connection.descriptors, ElementsAre(11));
    } else {
      EXPECT_EQ(connection.id, leased);
      EXPECT_EQ(connection.lease, lease.number());
      EXPECT_EQ(connection.peer, "peer:2");
    }
  }
}

TEST(PoolRegistryTest, TwoPoolsOfOneNameHaveSerialsOfTheirOwn) {
  const LeaseLedger first("http");
  const LeaseLedger second("http");
  const std::vector<RegisteredPool> pools = ListPools();
  ASSERT_EQ(pools.size(), 2);
  EXPECT_NE(pools[0].serial, pools[1].serial);
}

TEST(PoolRegistryTest, SerialIsNeverGivenOutAgain) {
  SlowPool pool("mine");
  uint64_t first;
  {
    const PoolRegistration registration(&pool);
    first = registration.serial();
  }
  const PoolRegistration registration(&pool);
  EXPECT_NE(registration.serial(), first);
}

TEST(PoolRegistryTest, DeadPoolsAreForgottenUnlessAskedFor) {
  auto ledger = std::make_unique<LeaseLedger>("http");
  Lease lease = ledger->CheckOut(ledger->Open("peer"));
  ledger.reset();
  EXPECT_THAT(ListPools(), IsEmpty());
  lease.Return();
  EXPECT_THAT(ListPools(), IsEmpty());
}

TEST(PoolRegistryTest, CountsTheLeasesOfAllPools) {
  EXPECT_EQ(CountLeased(), 0);
  LeaseLedger http("http");
  std::optional<LeaseLedger> sql("sql");
  http.Open("idle");
  const Lease one = http.CheckOut(http.Open("peer"));
  const Lease two = sql->CheckOut(sql->Open("peer"));
  Lease three = sql->CheckOut(sql->Open("peer"));
  EXPECT_EQ(CountLeased(), 3);
  three.Return();
  EXPECT_EQ(CountLeased(), 2);
  sql.reset();
  EXPECT_EQ(CountLeased(), 1);
}

TEST(PoolRegistryTest, CountsNoHandlesOfWhichPoolsAreMade) {
  class Handles final : public ConnectionPool {
   public:
    std::string name() const override { return "library"; }
    std::vector<PooledConnection> Connections() const override { return {}; }
    PoolCounts Counts() const override {
      PoolCounts counts;
      counts.leased = 7;
      return counts;
    }
    bool OtherPoolsAreMadeOfIt() const override { return true; }

   private:
    PoolRegistration registration_{this};
  };
  const Handles handles;
  EXPECT_EQ(CountLeased(), 0);
}

TEST(PoolRegistryTest, DestructionWaitsForALookUnderWay) {
  auto pool = std::make_unique<SlowPool>("slow");
  SlowPool* const raw = pool.get();
  std::future<std::vector<RegisteredPool>> look =
      std::async(std::launch::async, ListPools);
  raw->AwaitLook();

  std::atomic<bool> destroyed{false};
  std::promise<void> destroying;
  std::thread destroyer([&] {
    destroying.set_value();
    pool.reset();
    destroyed = true;
  });
  destroying.get_future().wait();
  // Gives a destructor that does not wait the time to show it; one that does
  // passes however long this takes.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(destroyed);

  raw->LetLookGoOn();
  const std::vector<RegisteredPool> pools = look.get();
  destroyer.join();
  ASSERT_EQ(pools.size(), 1);
  EXPECT_EQ(pools[0].name, "slow");
  EXPECT_EQ(pools[0].connections.size(), 1);
  EXPECT_THAT(ListPools(), IsEmpty());
}

// Would never end if a look at one pool kept others from coming and going.
TEST(PoolRegistryTest, OtherPoolsComeAndGoUnderAPoolsLock) {
  SlowPool pool("slow");
  auto older = std::make_unique<LeaseLedger>("older");
  std::future<std::vector<RegisteredPool>> look;
  {
    const std::lock_guard<std::mutex> lock(pool.mutex());
    look = std::async(std::launch::async, ListPools);
    pool.AwaitLook();
    pool.LetLookGoOn();
    older.reset();
    const LeaseLedger newer("newer");
  }
  const std::vector<RegisteredPool> pools = look.get();
  ASSERT_EQ(pools.size(), 1);
  EXPECT_EQ(pools[0].name, "slow");
}

TEST(PoolRegistryTest, PoolsMadeDuringALookAreLeftToTheNext) {
  SlowPool pool("slow");
  std::future<std::vector<RegisteredPool>> look =
      std::async(std::launch::async, ListPools);
  pool.AwaitLook();
  const LeaseLedger newer("newer");
  pool.LetLookGoOn();
  EXPECT_EQ(look.get().size(), 1);
}

TEST(PoolRegistryTest, PoolsComeAndGoWhileManyLook) {
  constexpr int kRounds = 1000;
  const LeaseLedger steady("steady");
  std::atomic<bool> done{false};
  std::atomic<int> looks_without_steady{0};
  std::atomic<int> looks{0};
  std::vector<std::thread> lookers;
  for (int t = 0; t < 2; ++t) {
    lookers.emplace_back([&] {
      while (!done) {
        bool found = false;
        for (const RegisteredPool& pool : ListPools()) {
          found = found || (pool.name == "steady" && pool.alive);
        }
        if (!found) ++looks_without_steady;
        ++looks;
      }
    });
  }
  std::vector<std::thread> makers;
  for (int t = 0; t < 2; ++t) {
    makers.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        auto ledger = std::make_unique<LeaseLedger>("passing");
        Lease lease = ledger->CheckOut(ledger->Open("peer"));
        if (i % 2 == 0) ledger.reset();
      }
    });
  }
  for (std::thread& maker : makers) maker.join();
  while (looks == 0) std::this_thread::yield();
  done = true;
  for (std::thread& looker : lookers) looker.join();
  EXPECT_EQ(looks_without_steady, 0);
  EXPECT_THAT(Names(), ElementsAre("steady"));
}

}  // namespace
}  // namespace leaktrap
