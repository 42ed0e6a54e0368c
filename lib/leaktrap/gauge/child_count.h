// How many child processes there are.

#ifndef LEAKTRAP_GAUGE_CHILD_COUNT_H_
#define LEAKTRAP_GAUGE_CHILD_COUNT_H_

#include <cstdint>
#include <optional>

namespace leaktrap::internal {

// Those of all threads that nobody has waited for. Nothing if it cannot look;
// errno is then any.
std::optional<int64_t> CountChildren();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_GAUGE_CHILD_COUNT_H_
