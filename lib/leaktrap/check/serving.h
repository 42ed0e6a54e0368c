// What serves a pool's idle connections: it stays for as long as they do.

#ifndef LEAKTRAP_CHECK_SERVING_H_
#define LEAKTRAP_CHECK_SERVING_H_

#include <vector>

#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {

// Takes out of `*left`, which `now` shows, the threads that wait on a
// descriptor of an idle connection, and what was made by those, by threads that
// a pool names, or by older ones that wait on such descriptors and on nothing
// else. Who made what is known to the recorder only. Nothing else that a thread
// did for a pool is proof that it serves it: a worker that opened a connection,
// gave it back and was then forgotten is a leak.
void TakeServing(const Snapshot& now, const ProbeSet& probes,
                 std::vector<Identity>* left);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SERVING_H_
