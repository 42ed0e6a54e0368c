#include "leaktrap/pool/checkout.h"

#include <atomic>

namespace leaktrap {
namespace {

std::atomic<internal::CheckoutRecorder> checkout_recorder{nullptr};

}  // namespace

Checkout RecordCheckout() {
  const internal::CheckoutRecorder recorder =
      checkout_recorder.load(std::memory_order_relaxed);
  return recorder == nullptr ? Checkout() : recorder();
}

namespace internal {

void SetCheckoutRecorder(CheckoutRecorder recorder) {
  checkout_recorder.store(recorder, std::memory_order_relaxed);
}

}  // namespace internal

}  // namespace leaktrap
