// Who checked a connection out, for pools that keep their own books.
//
//   Connection* Pool::Acquire() {
//     ...
//     connection->checkout = leaktrap::RecordCheckout();
//
// Connections() hands it on, and a report shows it as "checked out at".
//
// Fit for production code: needs neither GoogleTest nor Abseil.

#ifndef LEAKTRAP_POOL_CHECKOUT_H_
#define LEAKTRAP_POOL_CHECKOUT_H_

#include <array>
#include <cstdint>

namespace leaktrap {

// Where a checkout was called, in a form of the recorder's own; all zeroes if
// that is not known.
struct Checkout {
  std::array<uint64_t, 2> opaque = {};
};

// Records the caller, and who called it, in a program with the recorder;
// elsewhere it reads one variable. Lock-free, thread-safe.
Checkout RecordCheckout();

namespace internal {

using CheckoutRecorder = Checkout (*)();

// By the recorder, once.
void SetCheckoutRecorder(CheckoutRecorder recorder);

}  // namespace internal

}  // namespace leaktrap

#endif  // LEAKTRAP_POOL_CHECKOUT_H_
