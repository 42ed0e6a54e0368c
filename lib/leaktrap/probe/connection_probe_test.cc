#include "leaktrap/probe/connection_probe.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using std::chrono::steady_clock;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A pool that keeps its own books.
class BookPool final : public ConnectionPool {
 public:
  // Gives all back, or the next test would see leases of a pool that is gone.
  ~BookPool() override { connections_.clear(); }

  std::string name() const override { return "book\n"; }
  std::vector<PooledConnection> Connections() const override {
    return connections_;
  }
  PoolCounts Counts() const override { return {}; }
  uint64_t serial() const { return registration_.serial(); }
  void Add(PooledConnection connection) {
    connections_.push_back(std::move(connection));
  }

 private:
  std::vector<PooledConnection> connections_;
  PoolRegistration registration_{this};
};

class ConnectionProbeTest : public testing::Test {
 protected:
  const std::unique_ptr<Probe> probe_ = NewConnectionProbe();
};

TEST_F(ConnectionProbeTest, IsWhatItSays) {
  EXPECT_EQ(probe_->kind(), Kind::kConnection);
  EXPECT_EQ(probe_->name(), "connection");
  EXPECT_THAT(probe_->List().identities, IsEmpty());
}

// As where two trackers stand beside one pool, each at other checkouts.
TEST_F(ConnectionProbeTest, WhatIsLeasedOfOneIsNotIdleOfAnother) {
  LeaseLedger first("http");
  first.SetDescriptors(first.Open("here"), {8, 9});
  LeaseLedger ledger("http, seen from elsewhere");
  const uint64_t connection = ledger.Open("here");
  ledger.SetDescriptors(connection, {8});
  LeaseLedger last("and from here");
  last.SetDescriptors(last.Open("here"), {8, 9});
  {
    const Lease lease = ledger.CheckOut(connection);
    EXPECT_THAT(probe_->List().kept_descriptors, UnorderedElementsAre(9, 9));
  }
  EXPECT_THAT(probe_->List().kept_descriptors,
              UnorderedElementsAre(8, 8, 8, 9, 9));
}

TEST_F(ConnectionProbeTest, ListsTheLeasedAndKeepsTheIdlesDescriptors) {
  LeaseLedger ledger("http");
  const uint64_t leased = ledger.Open("127.0.0.1:8080");
  const uint64_t idle = ledger.Open("127.0.0.1:8081");
  ledger.SetDescriptors(leased, {7});
  ledger.SetDescriptors(idle, {8, 9});
  Lease lease = ledger.CheckOut(leased);
  ASSERT_TRUE(lease);

  Listing listing = probe_->List();
  EXPECT_EQ(listing.error, "");
  ASSERT_EQ(listing.identities.size(), 1u);
  const Identity identity = listing.identities[0];
  EXPECT_EQ(identity.kind, Kind::kConnection);
  EXPECT_NE(identity.source, 0u);
  EXPECT_EQ(identity.number, lease.number());
  EXPECT_THAT(listing.kept_descriptors, UnorderedElementsAre(8, 9));

  lease.Return();
  listing = probe_->List();
  EXPECT_THAT(listing.identities, IsEmpty());
  EXPECT_THAT(listing.kept_descriptors, UnorderedElementsAre(7, 8, 9));
  EXPECT_FALSE(probe_->Describe(identity));
}

TEST_F(ConnectionProbeTest, KeepsTheThreadsOfTheIdleAndCountsThem) {
  LeaseLedger ledger("http\n");
  const uint64_t leased = ledger.Open("");
  const uint64_t idle = ledger.Open("");
  ledger.SetThreads(leased, {101});
  ledger.SetThreads(idle, {102, 103});
  const Lease lease = ledger.CheckOut(leased);
  const Listing listing = probe_->List();
  EXPECT_THAT(listing.kept_threads, UnorderedElementsAre(102, 103));
  ASSERT_EQ(listing.kept_connections.size(), 1u);
  EXPECT_EQ(listing.kept_connections.begin()->second.pool, "http\n");
  EXPECT_EQ(listing.kept_connections.begin()->second.count, 1);
}

TEST_F(ConnectionProbeTest, EachCheckoutIsAnotherResource) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("");
  Lease lease = ledger.CheckOut(id);
  const Listing first = probe_->List();
  lease.Return();
  lease = ledger.CheckOut(id);
  EXPECT_NE(probe_->List().identities, first.identities);
}

TEST_F(ConnectionProbeTest, TellsPoolsApart) {
  LeaseLedger a("a"), b("b");
  const Lease lease_a = a.CheckOut(a.Open(""));
  const Lease lease_b = b.CheckOut(b.Open(""));
  const Listing listing = probe_->List();
  ASSERT_EQ(listing.identities.size(), 2u);
  EXPECT_NE(listing.identities[0].source, listing.identities[1].source);
  EXPECT_EQ(probe_->Describe(listing.identities[0])->name, "a");
  EXPECT_EQ(probe_->Describe(listing.identities[1])->name, "b");
}

TEST_F(ConnectionProbeTest, DescribesPoolPeerAndDescriptor) {
  LeaseLedger ledger("http");
  const uint64_t id = ledger.Open("127.0.0.1:8080");
  ledger.SetDescriptors(id, {7});
  const Lease lease = ledger.CheckOut(id);
  const Identity identity = probe_->List().identities.at(0);
  const auto resource = probe_->Describe(identity);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->identity, identity);
  EXPECT_EQ(resource->name, "http");
  EXPECT_EQ(resource->description,
            "of pool \"http\" to 127.0.0.1:8080, lease " +
                std::to_string(lease.number()) + ", on descriptor 7");
  EXPECT_EQ(resource->likeness, "of pool \"http\" to 127.0.0.1:8080");
  EXPECT_THAT(resource->release, testing::HasSubstr("give it back"));
}

TEST_F(ConnectionProbeTest, AgeIsTimeSinceTheCheckout) {
  const auto before = steady_clock::now();
  LeaseLedger ledger("http");
  const Lease lease = ledger.CheckOut(ledger.Open(""));
  const auto after = steady_clock::now();
  const Identity identity = probe_->List().identities.at(0);
  const auto described = steady_clock::now();
  const auto age = probe_->Describe(identity)->age;
  ASSERT_TRUE(age);
  EXPECT_GE(*age, described - after);
  EXPECT_LE(*age, steady_clock::now() - before);
}

TEST_F(ConnectionProbeTest, UnknownPeerDescriptorsAndAgeAreLeftOut) {
  BookPool pool;
  pool.Add({1, 5, "", {}, {}});
  ASSERT_EQ(probe_->List().identities.size(), 1u);
  const auto resource =
      probe_->Describe({Kind::kConnection, pool.serial(), 5, {}});
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->description, R"(of pool "book\n", lease 5)");
  EXPECT_EQ(resource->age, std::nullopt);
}

TEST_F(ConnectionProbeTest, SeveralDescriptorsAndALateClock) {
  BookPool pool;
  pool.Add({1, 5, "a\tb", {7, 8}, steady_clock::now() + std::chrono::hours(1)});
  ASSERT_EQ(probe_->List().identities.size(), 1u);
  const auto resource =
      probe_->Describe({Kind::kConnection, pool.serial(), 5, {}});
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->description,
            R"(of pool "book\n" to a\tb, lease 5, on descriptors 7, 8)");
  EXPECT_EQ(resource->age, std::chrono::nanoseconds::zero());
}

TEST_F(ConnectionProbeTest, ThePoolSaysWhoElseEndsItsLeases) {
  BookPool pool;
  pool.Add({1, 5, "", {}, {}});
  LeaseLedger ledger("http");
  const Lease lease = ledger.CheckOut(ledger.Open(""));
  const Listing listing = probe_->List();
  ASSERT_EQ(listing.identities.size(), 2u);
  EXPECT_FALSE(probe_->OnlyThisProcessChanges(listing.identities[0]));
  EXPECT_TRUE(probe_->OnlyThisProcessChanges(listing.identities[1]));
}

TEST_F(ConnectionProbeTest, ADeadPoolsLeaseStaysUntilItIsGivenBack) {
  ASSERT_THAT(probe_->List().identities, IsEmpty());  // asks to remember
  std::optional<LeaseLedger> ledger("http");
  Lease lease = ledger->CheckOut(ledger->Open("127.0.0.1:8080"));
  const Listing alive = probe_->List();
  ledger.reset();

  const Listing dead = probe_->List();
  EXPECT_EQ(dead.identities, alive.identities);
  ASSERT_EQ(dead.identities.size(), 1u);
  const auto resource = probe_->Describe(dead.identities[0]);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->description,
            "of pool \"http\" to 127.0.0.1:8080, lease " +
                std::to_string(lease.number()) + ", its pool is gone");

  lease.Return();
  EXPECT_THAT(probe_->List().identities, IsEmpty());
}

}  // namespace
}  // namespace leaktrap::internal
