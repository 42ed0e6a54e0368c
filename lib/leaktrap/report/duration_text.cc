#include "leaktrap/report/duration_text.h"

#include <chrono>
#include <string>

#include "absl/time/time.h"

namespace leaktrap::internal {

std::string DurationText(std::chrono::nanoseconds exact) {
  const absl::Duration duration = absl::FromChrono(exact);
  absl::Duration unit = absl::Nanoseconds(1);
  while (duration >= 1000 * unit) unit *= 10;
  return absl::FormatDuration(absl::Trunc(duration, unit));
}

}  // namespace leaktrap::internal
