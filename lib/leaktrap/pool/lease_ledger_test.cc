#include "leaktrap/pool/lease_ledger.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;

static_assert(!std::is_copy_constructible_v<Lease>);
static_assert(!std::is_copy_assignable_v<Lease>);
static_assert(std::is_nothrow_move_constructible_v<Lease>);
static_assert(std::is_nothrow_move_assignable_v<Lease>);

::testing::Matcher<PoolCounts> CountsAre(int leased, int idle, int64_t opened,
                                         int64_t discarded) {
  return AllOf(Field("leased", &PoolCounts::leased, leased),
               Field("idle", &PoolCounts::idle, idle),
               Field("opened", &PoolCounts::opened, opened),
               Field("discarded", &PoolCounts::discarded, discarded));
}

PooledConnection Find(const LeaseLedger& ledger, uint64_t id) {
  for (const PooledConnection& connection : ledger.Connections()) {
    if (connection.id == id) return connection;
  }
  ADD_FAILURE() << "no connection " << id;
  return {};
}

TEST(LeaseLedgerTest, StartsEmpty) {
  const LeaseLedger ledger("http");
  EXPECT_EQ(ledger.name(), "http");
  EXPECT_THAT(ledger.Connections(), IsEmpty());
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 0, 0, 0));
}

TEST(LeaseLedgerTest, OpenedConnectionIsIdle) {
  LeaseLedger ledger("http");
  const auto before = std::chrono::steady_clock::now();
  const uint64_t id = ledger.Open("127.0.0.1:80");
  const auto after = std::chrono::steady_clock::now();
  EXPECT_NE(id, 0);
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 1, 1, 0));

  const PooledConnection connection = Find(ledger, id);
  EXPECT_FALSE(connection.leased());
  EXPECT_EQ(connection.lease, 0);
  EXPECT_EQ(connection.peer, "127.0.0.1:80");
  EXPECT_THAT(connection.descriptors, IsEmpty());
  EXPECT_LE(before, connection.since);
  EXPECT_LE(connection.since, after);
}

TEST(LeaseLedgerTest, IdsAreNeverGivenOutAgain) {
  LeaseLedger ledger("http");
  const uint64_t first = ledger.Open("a");
  ledger.Discard(first);
  EXPECT_NE(ledger.Open("a"), first);
}

TEST(LeaseLedgerTest, CheckOutLeases) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  const uint64_t other = ledger.Open("b");
  const auto opened = Find(ledger, id).since;
  const Lease lease = ledger.CheckOut(id);
  EXPECT_TRUE(lease);
  EXPECT_NE(lease.number(), 0);
  EXPECT_EQ(Find(ledger, id).lease, lease.number());
  EXPECT_GE(Find(ledger, id).since, opened);
  EXPECT_FALSE(Find(ledger, other).leased());
  EXPECT_THAT(ledger.Counts(), CountsAre(1, 1, 2, 0));
}

TEST(LeaseLedgerTest, SinceIsRenewedAtCheckOutAndAtReturn) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  const auto opened = std::chrono::steady_clock::now();
  Lease lease = ledger.CheckOut(id);
  EXPECT_GE(Find(ledger, id).since, opened);
  const auto leased = std::chrono::steady_clock::now();
  lease.Return();
  EXPECT_GE(Find(ledger, id).since, leased);
}

TEST(LeaseLedgerTest, NoTwoCheckoutsShareANumber) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  const uint64_t first = ledger.CheckOut(id).number();  // returned at once
  EXPECT_NE(ledger.CheckOut(id).number(), first);
}

TEST(LeaseLedgerTest, NoLeaseOfALeasedOrUnknownConnection) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  const Lease lease = ledger.CheckOut(id);
  {
    const Lease second = ledger.CheckOut(id);
    EXPECT_FALSE(second);
    EXPECT_EQ(second.number(), 0);
  }
  EXPECT_EQ(Find(ledger, id).lease, lease.number());
  EXPECT_FALSE(ledger.CheckOut(0));
  EXPECT_FALSE(ledger.CheckOut(id + 1));
  EXPECT_THAT(ledger.Counts(), CountsAre(1, 0, 1, 0));
}

TEST(LeaseLedgerTest, ReturnMakesIdleOnce) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  Lease lease = ledger.CheckOut(id);
  lease.Return();
  EXPECT_FALSE(lease);
  EXPECT_EQ(lease.number(), 0);
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 1, 1, 0));

  const Lease next = ledger.CheckOut(id);
  lease.Return();
  lease.Discard();
  EXPECT_EQ(Find(ledger, id).lease, next.number());
}

TEST(LeaseLedgerTest, DestructorReturns) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  {
    const Lease lease = ledger.CheckOut(id);
    EXPECT_THAT(ledger.Counts(), CountsAre(1, 0, 1, 0));
  }
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 1, 1, 0));
}

TEST(LeaseLedgerTest, DiscardOfALeaseTakesTheConnectionOut) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  Lease lease = ledger.CheckOut(id);
  lease.Discard();
  EXPECT_FALSE(lease);
  EXPECT_EQ(lease.number(), 0);
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 0, 1, 1));
  EXPECT_FALSE(ledger.CheckOut(id));
}

TEST(LeaseLedgerTest, DiscardTakesOutIdleConnectionsOnly) {
  LeaseLedger ledger("http");
  const uint64_t idle = ledger.Open("a");
  const uint64_t leased = ledger.Open("b");
  const Lease lease = ledger.CheckOut(leased);
  ledger.Discard(idle);
  ledger.Discard(idle);
  ledger.Discard(leased);
  ledger.Discard(leased + 1);
  EXPECT_THAT(ledger.Counts(), CountsAre(1, 0, 2, 1));
  EXPECT_TRUE(Find(ledger, leased).leased());
}

TEST(LeaseLedgerTest, DescriptorsFollowTheConnection) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("a");
  ledger.SetDescriptors(id, {7, 8});
  EXPECT_THAT(Find(ledger, id).descriptors, ElementsAre(7, 8));
  const Lease lease = ledger.CheckOut(id);
  EXPECT_THAT(Find(ledger, id).descriptors, ElementsAre(7, 8));
  ledger.SetDescriptors(id, {9});
  EXPECT_THAT(Find(ledger, id).descriptors, ElementsAre(9));
  ledger.SetDescriptors(id + 1, {1});
  EXPECT_EQ(ledger.Connections().size(), 1);
}

TEST(LeaseLedgerTest, PeakIsTheMostThatWereLeasedAtOnce) {
  LeaseLedger ledger("http");
  const uint64_t a = ledger.Open("a");
  const uint64_t b = ledger.Open("b");
  const uint64_t c = ledger.Open("c");
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(0));

  // One after the other is one at a time.
  ledger.CheckOut(a).Return();
  ledger.CheckOut(b).Return();
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(1));

  Lease first = ledger.CheckOut(a);
  Lease second = ledger.CheckOut(b);
  ledger.CheckOut(c).Discard();
  EXPECT_FALSE(ledger.CheckOut(a)) << "leased already";
  second.Return();
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(3));

  // From here on no fewer than are leased now, and nothing of before.
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(1));
  first.Return();
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(1));
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(0));
}

TEST(LeaseLedgerTest, PeakIsSeenThoughNobodyLooksAtItsTime) {
  constexpr int kThreads = 4;
  LeaseLedger ledger("http");
  std::atomic<int> leased{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const Lease lease = ledger.CheckOut(ledger.Open("peer"));
      ++leased;
      while (leased < kThreads) std::this_thread::yield();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(kThreads));
  EXPECT_THAT(ledger.TakePeakLeased(), Optional(0));
}

TEST(LeaseTest, DefaultHoldsNothing) {
  Lease lease;
  EXPECT_FALSE(lease);
  EXPECT_EQ(lease.number(), 0);
  lease.Return();
  lease.Discard();
}

TEST(LeaseTest, MovedFromHoldsNothing) {
  LeaseLedger ledger("http");
  Lease first = ledger.CheckOut(ledger.Open("a"));
  const uint64_t number = first.number();
  const Lease second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.number(), 0);
  EXPECT_TRUE(second);
  EXPECT_EQ(second.number(), number);
  first.Return();
  EXPECT_THAT(ledger.Counts(), CountsAre(1, 0, 1, 0));
}

TEST(LeaseTest, MoveAssignmentGivesBackWhatItHeld) {
  LeaseLedger ledger("http");
  LeaseLedger other_ledger("sql");
  const uint64_t id = ledger.Open("a");
  Lease lease = ledger.CheckOut(id);
  Lease other = other_ledger.CheckOut(other_ledger.Open("b"));
  lease = std::move(other);
  EXPECT_FALSE(other);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(other.number(), 0);
  EXPECT_TRUE(lease);
  EXPECT_THAT(ledger.Counts(), CountsAre(0, 1, 1, 0));
  EXPECT_THAT(other_ledger.Counts(), CountsAre(1, 0, 1, 0));
  lease = Lease();
  EXPECT_FALSE(lease);
  EXPECT_THAT(other_ledger.Counts(), CountsAre(0, 1, 1, 0));
}

TEST(LeaseTest, SelfMoveKeepsTheLease) {
  LeaseLedger ledger("http");
  Lease lease = ledger.CheckOut(ledger.Open("a"));
  const uint64_t number = lease.number();
  Lease& same = lease;
  lease = std::move(same);
  EXPECT_TRUE(lease);
  EXPECT_EQ(lease.number(), number);
  EXPECT_THAT(ledger.Counts(), CountsAre(1, 0, 1, 0));
}

TEST(LeaseTest, MayOutliveItsLedger) {
  auto ledger = std::make_unique<LeaseLedger>("http");
  Lease returned = ledger->CheckOut(ledger->Open("a"));
  Lease discarded = ledger->CheckOut(ledger->Open("b"));
  const Lease destroyed = ledger->CheckOut(ledger->Open("c"));
  ledger.reset();
  EXPECT_TRUE(returned);
  returned.Return();
  discarded.Discard();
  EXPECT_FALSE(returned);
  EXPECT_FALSE(discarded);
  EXPECT_TRUE(destroyed);
}

TEST(LeaseLedgerTest, ManyThreadsShareTheBooks) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 500;
  LeaseLedger ledger("http");
  std::vector<uint64_t> shared;
  for (int i = 0; i < kThreads / 2; ++i)
    shared.push_back(ledger.Open("shared"));
  std::atomic<int> doubly_leased{0};
  std::vector<std::atomic<int>> users(shared.size());

  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const size_t which = (t + i) % shared.size();
        if (const Lease lease = ledger.CheckOut(shared[which])) {
          if (users[which].fetch_add(1) != 0) ++doubly_leased;
          ledger.SetDescriptors(shared[which], {t});
          users[which].fetch_sub(1);
        }
        // Given back by another thread than the one that took it.
        Lease own = ledger.CheckOut(ledger.Open("own"));
        std::thread([lease = std::move(own), i]() mutable {
          if (i % 2 == 0) lease.Discard();
        }).join();
        if (i % 50 == 0) ledger.Connections();
        ledger.Counts();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(doubly_leased, 0);
  constexpr int kOwn = kThreads * kRounds;
  const int kShared = static_cast<int>(shared.size());
  EXPECT_THAT(ledger.Counts(),
              CountsAre(0, kShared + kOwn / 2, kShared + kOwn, kOwn / 2));
}

}  // namespace
}  // namespace leaktrap
