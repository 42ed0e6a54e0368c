// Rules applied to a difference: what is a leak, and what is forgiven.

#ifndef LEAKTRAP_CHECK_JUDGE_H_
#define LEAKTRAP_CHECK_JUDGE_H_

#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct ToleratedLeak {
  Resource resource;
  std::string reason;
};

struct Judgement {
  std::vector<Resource> leaks;           // of kinds in Mode::kFail
  std::vector<Resource> only_reported;   // of kinds in Mode::kReport
  std::vector<ToleratedLeak> tolerated;  // by count; still printed
};

// Whether a pattern of `options` leaves `resource` out.
bool IsIgnored(const Resource& resource, const Options& options);

// Whether a pattern of `options` may leave out resources of `kind`, so that
// they have to be described before they can be counted.
bool HasPatterns(Kind kind, const Options& options);

// Sorts what no pattern ignores. Ignored resources must be out already.
Judgement Judge(std::vector<Resource> resources, const Options& options);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_JUDGE_H_
