// Looking again until a difference is gone, or is there to stay.
//
// Real programs finish a moment late: a joined thread is still listed for up to
// 18 ms, a thread in recv ends when the server's FIN comes. So a difference is
// looked at again, with back-off, until it is gone or `linger` is over, and at
// least twice. It ends before that only on proof that nothing can change the
// answer any more (early_end_proof.h).

#ifndef LEAKTRAP_CHECK_SETTLE_H_
#define LEAKTRAP_CHECK_SETTLE_H_

#include <chrono>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/clock.h"

namespace leaktrap::internal {

enum class Ended {
  kClean,         // nothing is left
  kTolerated,     // what is left is forgiven by count
  kProof,         // nothing can change the answer any more
  kLinger,        // the time is over
  kCouldNotLook,  // a probe failed: there is no answer
  kNotJudged,     // nobody wanted an answer
};

struct Settled {
  Ended ended = Ended::kClean;
  int looks = 0;
  std::chrono::nanoseconds waited{0};  // slept, not spent looking
};

// What one look showed.
enum class Seen { kNothing, kTolerated, kLeaks, kNotSeen };

// `look` looks once. `proves_final` tries to prove that what the last look
// showed is final; it looks once more itself by calling the function that it is
// given, and returns false if there is no proof. `linger` is asked after each
// look that showed leaks and no proof.
Settled Settle(Clock& clock,
               absl::FunctionRef<std::chrono::nanoseconds()> linger,
               absl::FunctionRef<Seen()> look,
               absl::FunctionRef<bool(absl::FunctionRef<Seen()>)> proves_final);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SETTLE_H_
