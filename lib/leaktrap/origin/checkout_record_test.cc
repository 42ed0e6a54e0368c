#include "leaktrap/origin/checkout_record.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/pool/checkout.h"
#include "leaktrap/pool/connection_pool.h"
#include "leaktrap/pool/lease_ledger.h"

namespace leaktrap::internal {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::Not;

bool IsIn(uintptr_t address, Checkout (*function)()) {
  const auto begin = reinterpret_cast<uintptr_t>(function);
  return address > begin && address < begin + 512;
}

__attribute__((noinline)) Checkout CheckOutHere() {
  Checkout checkout = RecordCheckout();
  asm volatile("" : "+m"(checkout));
  return checkout;
}

TEST(CheckoutRecordTest, KeepsMakerAndStack) {
  const uint64_t before = LastSequence();
  const CreationRecord made = ToCreationRecord(CheckOutHere());
  EXPECT_GT(made.sequence, before);
  EXPECT_STREQ(made.call, "checkout");
  EXPECT_EQ(made.tid, CurrentTid());
  const std::vector<uintptr_t> stack = StackOf(made.stack);
  EXPECT_TRUE(std::any_of(stack.begin(), stack.end(), [](uintptr_t address) {
    return IsIn(address, &CheckOutHere);
  }));
}

__attribute__((noinline)) Checkout StandInFront(const void** caller) {
  *caller = __builtin_return_address(0);
  return MakeCheckoutAt(*caller);
}

TEST(CheckoutRecordTest, LeavesOutWhatStandsInFront) {
  const void* caller = nullptr;
  const CreationRecord made = ToCreationRecord(StandInFront(&caller));
  const std::vector<uintptr_t> stack = StackOf(made.stack);
  ASSERT_THAT(stack, Not(IsEmpty()));
  EXPECT_EQ(stack[0], reinterpret_cast<uintptr_t>(caller));
}

TEST(CheckoutRecordTest, TheRecorderServesTheLedger) {
  LeaseLedger ledger("db");
  const Lease lease = ledger.CheckOut(ledger.Open("here"));
  const CreationRecord made =
      ToCreationRecord(ledger.Connections().at(0).checkout);
  EXPECT_NE(made.sequence, 0u);
  EXPECT_THAT(StackOf(made.stack), Not(IsEmpty()));
}

TEST(CheckoutRecordTest, NothingWhenRecordingIsOff) {
  SetRecording(Recording::kOff);
  EXPECT_THAT(RecordCheckout().opaque, Each(0));
  SetRecording(Recording::kStacks);
  EXPECT_EQ(ToCreationRecord(Checkout()).sequence, 0u);
}

}  // namespace
}  // namespace leaktrap::internal
