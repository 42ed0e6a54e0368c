#include "leaktrap/origin/checkout_record.h"

#include <cstdint>

#include "leaktrap/origin/recording.h"
#include "leaktrap/pool/checkout.h"

namespace leaktrap::internal {
namespace {

// Linux gives out thread ids of at most 22 bits (PID_MAX_LIMIT). The rest is
// for whom is charged; of more than two million, nobody is.
constexpr int kTidBits = 22;
constexpr int kChargedBits = 21;
constexpr int kStackBits = 21;

constexpr uint64_t Mask(int bits) { return (uint64_t{1} << bits) - 1; }

uint64_t Fit(uint64_t value, int bits) {
  return value <= Mask(bits) ? value : 0;
}

}  // namespace

Checkout MakeCheckout() { return MakeCheckoutAt(nullptr); }

Checkout MakeCheckoutAt(const void* caller) {
  const uint64_t sequence = BeginCreation();
  if (sequence == 0) return {};
  const CreationRecord made = RecordCreation(sequence, {"checkout", caller});
  Checkout checkout;
  checkout.opaque[0] = sequence;
  checkout.opaque[1] =
      Fit(made.stack, kStackBits) |
      Fit(static_cast<uint64_t>(made.tid), kTidBits) << kStackBits |
      Fit(made.charged_to, kChargedBits) << (kStackBits + kTidBits);
  return checkout;
}

CreationRecord ToCreationRecord(const Checkout& checkout) {
  CreationRecord made;
  made.sequence = checkout.opaque[0];
  if (made.sequence == 0) return made;
  const uint64_t word = checkout.opaque[1];
  made.call = "checkout";
  made.stack = static_cast<StackId>(word & Mask(kStackBits));
  made.tid = static_cast<int>(word >> kStackBits & Mask(kTidBits));
  made.charged_to = static_cast<uint32_t>(word >> (kStackBits + kTidBits) &
                                          Mask(kChargedBits));
  return made;
}

}  // namespace leaktrap::internal
