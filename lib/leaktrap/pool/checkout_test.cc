#include "leaktrap/pool/checkout.h"

#include <array>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"

namespace leaktrap {
namespace {

using testing::Each;
using testing::ElementsAre;

uint64_t recorded = 0;

Checkout Record() { return {{++recorded, 42}}; }

// With a recorder of the test's own.
class CheckoutTest : public testing::Test {
 protected:
  CheckoutTest() { internal::SetCheckoutRecorder(Record); }
  ~CheckoutTest() override { internal::SetCheckoutRecorder(nullptr); }

  static std::array<uint64_t, 2> CheckoutOf(const LeaseLedger& ledger) {
    return ledger.Connections().at(0).checkout.opaque;
  }
};

TEST_F(CheckoutTest, StandsWithTheLeaseAsLongAsItLasts) {
  LeaseLedger ledger("db");
  const uint64_t connection = ledger.Open("here");
  EXPECT_THAT(CheckoutOf(ledger), Each(0));
  Lease lease = ledger.CheckOut(connection);
  EXPECT_THAT(CheckoutOf(ledger), ElementsAre(recorded, 42));
  lease.Return();
  EXPECT_THAT(CheckoutOf(ledger), Each(0));
  const uint64_t before = recorded;
  Lease again = ledger.CheckOut(connection);
  EXPECT_THAT(CheckoutOf(ledger), ElementsAre(before + 1, 42));
}

TEST(NoCheckoutRecorderTest, NothingIsRecorded) {
  EXPECT_THAT(RecordCheckout().opaque, Each(0));
}

}  // namespace
}  // namespace leaktrap
