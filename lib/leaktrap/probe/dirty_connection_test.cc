// In a process of its own: what was given back dirty is listed to its end.

#include <memory>

#include "gtest/gtest.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

TEST(DirtyConnectionTest, WhatWasGivenBackDirtyIsListedFromThenOn) {
  const std::unique_ptr<Probe> probe = NewConnectionProbe();
  ASSERT_TRUE(probe->List().identities.empty());
  LeaseLedger ledger("http");
  Lease lease = ledger.CheckOut(ledger.Open("127.0.0.1:8080"));
  lease.NoteDirt("half\nread");
  lease.Return();
  const Listing listing = probe->List();
  ASSERT_EQ(listing.identities.size(), 1u);
  const Identity identity = listing.identities.front();
  EXPECT_TRUE(identity.IsDirtyReturn());
  EXPECT_TRUE(probe->OnlyThisProcessChanges(identity));
  const auto resource = probe->Describe(identity);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->identity, identity);
  EXPECT_EQ(resource->name, "http");
  EXPECT_EQ(resource->dirt, R"(half\nread)");
  EXPECT_EQ(resource->description,
            R"(of pool "http" to 127.0.0.1:8080, given back half\nread)");
  EXPECT_EQ(probe->List().identities, listing.identities);
}

}  // namespace
}  // namespace leaktrap::internal
