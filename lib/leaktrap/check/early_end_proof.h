// Proof that nothing in this process can change what was seen.
//
// Without it every leak costs the whole linger time. With it, a single-threaded
// test that leaks a descriptor, or one whose other threads are parked on
// condition variables, fails at once.
//
// It holds when every other task of the process waits in a futex without a
// time-out that only this process can wake, and did so all the while we looked
// again, no signal handler and no io_uring can act in their stead, and, where
// children matter, none of them is reaped by the kernel on its own. Anything
// that cannot be read is no proof. Outside the promise: processes that share
// our memory or our descriptor table, ptrace, seccomp's ADDFD, and an io_uring
// that hides itself (its descriptors registered, then unmapped and closed).

#ifndef LEAKTRAP_CHECK_EARLY_END_PROOF_H_
#define LEAKTRAP_CHECK_EARLY_END_PROOF_H_

#include <memory>
#include <set>

#include "absl/functional/function_ref.h"
#include "leaktrap/probe/standing_threads.h"

namespace leaktrap::internal {

class EarlyEndProof {
 public:
  virtual ~EarlyEndProof() = default;

  // `same_again` looks once more and says whether it saw the same; it is called
  // at most once. `about_children`: whether a child's end may change what is
  // seen.
  virtual bool Holds(bool about_children,
                     absl::FunctionRef<bool()> same_again) = 0;

  // The other threads by which it held, for as long as nobody wakes them; none
  // if it did not hold.
  virtual StandingThreads TakeStanding() = 0;
};

// Reads /proc. `harmless_tids` are left out: threads of a sanitizer's runtime,
// as /proc numbers them.
std::unique_ptr<EarlyEndProof> NewEarlyEndProof(std::set<int> harmless_tids);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_EARLY_END_PROOF_H_
