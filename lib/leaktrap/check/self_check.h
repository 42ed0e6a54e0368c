// The trap is tried before it is trusted.
//
// The signature failure of leak detectors is the one that does not detect. So
// each probe must show, once per run, that it sees what is there.

#ifndef LEAKTRAP_CHECK_SELF_CHECK_H_
#define LEAKTRAP_CHECK_SELF_CHECK_H_

#include <string>

#include "leaktrap/check/options.h"
#include "leaktrap/check/probe_set.h"

namespace leaktrap::internal {

// The thread probe must list the calling thread; the descriptor probe must see
// a memfd come and go, the connection probe a lease. Kinds in Mode::kOff are
// left out. No thread is started: a program with a second thread is another
// program. Returns what a probe missed, in one line; empty if it sees.
std::string SelfCheck(const ProbeSet& probes, const Options& options);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SELF_CHECK_H_
