// What serves a pool's idle connections: it stays for as long as they do.

#ifndef LEAKTRAP_CHECK_SERVING_H_
#define LEAKTRAP_CHECK_SERVING_H_

#include <vector>

#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// Takes out of `*left`, which `now` shows, the threads that wait on a
// descriptor of an idle connection, with what else they wait on and made
// themselves; and all that was made by threads that a pool names, and by those
// that they made. Who made what is known to the recorder only. Nothing else
// that a thread did for a pool is proof that it serves it: a worker that opened
// a connection, gave it back and was then forgotten is a leak.
void TakeServing(const Snapshot& now, const ProbeSet& probes,
                 std::vector<Identity>* left);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SERVING_H_
