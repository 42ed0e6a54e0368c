// A true list of threads out of passes that each may have missed one.
//
// The kernel finds its place in its list of threads again by counting, so a
// thread that ends while the list is read can hide one that stays.

#ifndef LEAKTRAP_PROBE_THREAD_PASSES_H_
#define LEAKTRAP_PROBE_THREAD_PASSES_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// After so many passes disturbed by ending threads, what they saw together is
// the answer.
inline constexpr int kMostThreadPasses = 20;

// What one reading of the list gave.
struct ThreadPass {
  std::vector<Identity> identities;  // in ascending order
  std::string error;                 // why it could not be read
  bool vanished = false;  // a thread that was listed ended before it was read
};

struct ThreadSource {
  std::function<ThreadPass()> pass;
  // The kernel's own count, now; 0 if it does not say.
  std::function<size_t()> count;
  std::function<bool(const Identity&)> has_ended;
};

// A pass is the answer if nothing vanished in it and it is as long as the
// kernel's own count, or equal to the pass before.
Listing ListThreads(const ThreadSource& source);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_THREAD_PASSES_H_
