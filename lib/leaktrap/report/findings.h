// Leaks that belong together, told as one.
//
// A forgotten response keeps a lease, the socket that the lease sits on, and
// the thread that reads from it: three leaks, and one thing to mend. The root
// is what was made first, though a lease comes before the connection that it
// uses again; the rest went with it.

#ifndef LEAKTRAP_REPORT_FINDINGS_H_
#define LEAKTRAP_REPORT_FINDINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// What is equal in resources that are told together.
using Likeness =
    std::tuple<Kind, std::string, std::string, std::vector<uintptr_t>,
               std::vector<uintptr_t>, std::string>;
Likeness LikenessOf(const Resource& leak);

// Findings that are alike: of the same kinds of resource, made at the same
// places. Made of pointers into what FindingsOf() was given.
struct AlikeFindings {
  // Each part holds one resource of each finding, in the same order; the first
  // part holds the roots.
  std::vector<std::vector<const Resource*>> parts;

  size_t count() const { return parts.front().size(); }
};

// The biggest group first, then those whose roots are leases, which say best
// what was forgotten; else in the order of `leaks`.
//
// Together belong a lease, the descriptors that it sits on and the thread that
// was started in the same call to serve it; a thread, what it made and what it
// waits on; and what one call made: the two ends of a pipe, popen(3)'s pipe and
// child. Who made what is known to the recorder only.
std::vector<AlikeFindings> FindingsOf(const std::vector<Resource>& leaks);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_FINDINGS_H_
