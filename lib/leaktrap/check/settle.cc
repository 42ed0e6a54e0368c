#include "leaktrap/check/settle.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "absl/functional/function_ref.h"
#include "leaktrap/check/clock.h"

namespace leaktrap::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Most late finishers are done within a scheduling quantum; the rest take so
// long that ten milliseconds more are not felt.
constexpr nanoseconds kFirstPause = microseconds(50);
constexpr nanoseconds kLongestPause = milliseconds(10);
constexpr int kFewestLooks = 2;

}  // namespace

Settled Settle(
    Clock& clock, absl::FunctionRef<nanoseconds()> linger,
    absl::FunctionRef<Seen()> look,
    absl::FunctionRef<bool(absl::FunctionRef<Seen()>)> proves_final) {
  Settled settled;
  Seen seen = Seen::kNothing;
  auto counted_look = [&] {
    ++settled.looks;
    return seen = look();
  };
  auto end = [&](Ended ended) {
    settled.ended = ended;
    return settled;
  };
  const auto start = clock.Now();
  std::optional<nanoseconds> limit;
  nanoseconds pause = kFirstPause;
  while (true) {
    counted_look();
    // A proof looks again: what it saw last counts, whether it holds or not.
    const bool final = seen == Seen::kLeaks && proves_final(counted_look);
    if (seen == Seen::kNothing) return end(Ended::kClean);
    if (seen == Seen::kNotSeen) return end(Ended::kCouldNotLook);
    if (final) return end(Ended::kProof);
    if (seen == Seen::kTolerated && settled.looks >= kFewestLooks) {
      return end(Ended::kTolerated);
    }
    if (seen == Seen::kLeaks) limit = linger();
    const nanoseconds left =
        limit.value_or(kFirstPause) - (clock.Now() - start);
    if (left <= nanoseconds::zero() && settled.looks >= kFewestLooks) {
      return end(Ended::kLinger);
    }
    const auto before = clock.Now();
    clock.Sleep(std::clamp(left, kFirstPause, pause));
    settled.waited += clock.Now() - before;
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace leaktrap::internal
