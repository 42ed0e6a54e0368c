// What probes of Leaktrap's own can do beyond a user's: above all to tell for
// less than a listing costs that nothing is different.

#ifndef LEAKTRAP_PROBE_QUICK_PROBE_H_
#define LEAKTRAP_PROBE_QUICK_PROBE_H_

#include "absl/types/span.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// What the recorder of creating calls says of the time since the last look.
enum class Records {
  kNone,       // nothing: it is not there, or not to be relied on
  kUnchanged,  // what was made is released again, and nothing else was
};

// What an older kernel does not tell; to be switched off in tests.
struct KernelTells {
  bool descriptor_count = true;  // fstat of /proc/self/fd; since Linux 6.2
  bool thread_count = true;      // fstat of /proc/self/task
  bool last_tid = true;          // ns_last_pid; CONFIG_CHECKPOINT_RESTORE
};

class QuickProbe : public Probe {
 public:
  // The List() that comes next is to be remembered, for StillShows().
  virtual void StartRemembering() {}

  // Whether List() would show `last` once more, which it showed when it was
  // called next after StartRemembering(). False also where that cannot be told
  // for less than a listing.
  //
  // With Records::kNone it is sure, but for what has the same stamp (a thread
  // id that came back within seconds). With kUnchanged it counts only: what
  // raw system calls have put in the place of another is not seen.
  virtual bool StillShows(absl::Span<const Identity> last, Records records) = 0;

  // Told which threads stand still from now on, until it is told otherwise:
  // what was read of them need not be read again. nullptr if none is known to.
  virtual void TheseStandStill(const StandingThreads*) {}
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_QUICK_PROBE_H_
