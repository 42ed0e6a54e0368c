// The checkouts of pooled connections, which live in the pools' own books.

#ifndef LEAKTRAP_ORIGIN_CHECKOUT_RECORD_H_
#define LEAKTRAP_ORIGIN_CHECKOUT_RECORD_H_

#include "leaktrap/origin/recording.h"
#include "leaktrap/pool/checkout.h"

namespace leaktrap::internal {

// A CheckoutRecorder.
Checkout MakeCheckout();

// The same of a function that stands in front of another and returns to
// `caller`: its own frames are left out.
Checkout MakeCheckoutAt(const void* caller);

// What MakeCheckout() recorded; an empty record if it was nothing.
CreationRecord ToCreationRecord(const Checkout& checkout);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_CHECKOUT_RECORD_H_
