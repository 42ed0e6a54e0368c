// How many threads, descriptors, leased connections and child processes there
// are now, for a program's own metrics and for tests that want no more than a
// number.
//
//   if (const auto threads = leaktrap::Count(leaktrap::Kind::kThread)) {
//     metrics.Set("threads", *threads);
//   }
//
// Equal counts prove nothing about leaks: one may have come while another went.
// That is what Leaktrap's snapshots are for.
//
// Fit for production code: needs neither GoogleTest nor Abseil.

#ifndef LEAKTRAP_GAUGE_GAUGE_H_
#define LEAKTRAP_GAUGE_GAUGE_H_

#include <cstdint>
#include <optional>

#include "leaktrap/resource/kind.h"

namespace leaktrap {

// Nothing if it cannot look, as without /proc.
//
// kThread: all threads of the process, those of the runtime's own too (as
//   ThreadSanitizer's). A thread that ended stays a moment longer, also after
//   it was joined; the main thread, if it ended first, for as long as the
//   process lives.
// kDescriptor: the descriptors of the calling thread's table, which all threads
//   share unless one called unshare(2). The one that Leaktrap keeps in reserve
//   while it verifies tests is a descriptor like any other here. So is, from
//   Linux 6.2 on, a number that a waiting accept(2) or open(2) has set aside
//   for what it will return: it counts against the limit already. Before 6.2
//   the descriptors have to be listed: that takes time for each of them, a
//   descriptor for the time of the call (nothing if there is none left), and
//   calls at the same time may count each other's.
// kConnection: what the registered pools have leased out. Not to be called
//   while a lock is held that a pool's Counts() takes.
// kProcess: the children of all threads that nobody has waited for, running or
//   zombies. To see that there is none is one system call, also without /proc.
//   Else they have to be listed, thread by thread, which takes two descriptors
//   for the time of the call (nothing if they are not left, or if the kernel
//   keeps no lists of children); one that comes or goes meanwhile may be
//   counted or not, and hide another.
// kOther: nothing.
//
// Costs a few system calls at most, whatever the number of threads and
// descriptors, but see above. Keeps no handle, allocates nothing, leaves errno
// as it is. Thread-safe.
std::optional<int64_t> Count(Kind kind);

}  // namespace leaktrap

#endif  // LEAKTRAP_GAUGE_GAUGE_H_
