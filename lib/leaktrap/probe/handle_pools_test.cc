// Pools of what other pools are made of: client libraries' handles.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Of one handle, which is held for as long as the pool lives.
class HandlePool final : public ConnectionPool {
 public:
  explicit HandlePool(std::vector<int> descriptors)
      : descriptors_(std::move(descriptors)) {}
  // Gives it back, or the next test would see a lease of a pool that is gone.
  ~HandlePool() override { held_ = false; }

  std::string name() const override { return "handles"; }
  std::vector<PooledConnection> Connections() const override {
    if (!held_) return {};
    PooledConnection handle;
    handle.id = 1;
    handle.lease = 1;
    handle.descriptors = descriptors_;
    return {handle};
  }
  PoolCounts Counts() const override { return {}; }
  bool OtherPoolsAreMadeOfIt() const override { return true; }
  uint64_t serial() const { return registration_.serial(); }

 private:
  const std::vector<int> descriptors_;
  bool held_ = true;
  PoolRegistration registration_{this};
};

class HandlePoolsTest : public testing::Test {
 protected:
  const std::unique_ptr<Probe> probe_ = NewConnectionProbe();
};

// Its descriptors may be younger than the handle, which is no leak of whoever
// made it do something.
TEST_F(HandlePoolsTest, AHandleAloneIsToldAndItsDescriptorsAreNot) {
  const HandlePool handles({7, 8});
  const Listing listing = probe_->List();
  EXPECT_THAT(listing.identities,
              ElementsAre(Identity{Kind::kConnection, handles.serial(), 1}));
  EXPECT_THAT(listing.covered_descriptors, UnorderedElementsAre(7, 8));
  EXPECT_THAT(listing.kept_descriptors, IsEmpty());
}

TEST_F(HandlePoolsTest, OneOfAnIdleConnectionIsNotTold) {
  const HandlePool handles({7, 8});
  LeaseLedger ledger("db");
  ledger.SetDescriptors(ledger.Open("here"), {8});
  const Listing listing = probe_->List();
  EXPECT_THAT(listing.identities, IsEmpty());
  EXPECT_THAT(listing.kept_descriptors, UnorderedElementsAre(7, 8));
}

// The socket is the connection's, the rest is the library's affair.
TEST_F(HandlePoolsTest, OneOfALeasedConnectionIsToldWithIt) {
  const HandlePool handles({7, 8});
  LeaseLedger ledger("db");
  const uint64_t connection = ledger.Open("here");
  ledger.SetDescriptors(connection, {8});
  const Lease lease = ledger.CheckOut(connection);
  const Listing listing = probe_->List();
  ASSERT_EQ(listing.identities.size(), 1u);
  EXPECT_NE(listing.identities[0].source, handles.serial());
  EXPECT_THAT(listing.covered_descriptors, ElementsAre(7));
  EXPECT_THAT(listing.kept_descriptors, IsEmpty());
  const std::optional<Resource> told = probe_->Describe(listing.identities[0]);
  ASSERT_TRUE(told.has_value());
  EXPECT_THAT(told->descriptors, ElementsAre(7, 8));
}

// A library's handle that keeps many connections: each is its pool's to tell.
TEST_F(HandlePoolsTest, AnIdleConnectionDoesNotExcuseALeasedOne) {
  const HandlePool handles({7, 8, 9});
  LeaseLedger ledger("db");
  ledger.SetDescriptors(ledger.Open("here"), {8});
  const uint64_t leased = ledger.Open("there");
  ledger.SetDescriptors(leased, {9});
  const Lease lease = ledger.CheckOut(leased);
  const Listing listing = probe_->List();
  EXPECT_EQ(listing.identities.size(), 1u);
  EXPECT_THAT(listing.kept_descriptors, UnorderedElementsAre(7, 8));
}

}  // namespace
}  // namespace leaktrap::internal
