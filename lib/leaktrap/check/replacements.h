// One gone, one new: a log file that was rotated, a worker that was renewed.
//
// As a rule that is a leak: a name proves nothing, since unnamed threads all
// carry the program's. It is none where the same call made both, which the
// recorder knows by its stack, or where a rule says so.

#ifndef LEAKTRAP_CHECK_REPLACEMENTS_H_
#define LEAKTRAP_CHECK_REPLACEMENTS_H_

#include <utility>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct Replacements {
  std::vector<Resource> by_same_maker;
  std::vector<ToleratedLeak> allowed;  // by AllowReplacement
  // All of those, and whose place each has taken.
  std::vector<std::pair<Identity, Identity>> taken;
  // What is gone, and nothing of this has taken its place.
  std::vector<Identity> not_replaced;
};

// What was there before, is gone, and left a place that nobody has yet.
std::vector<Identity> GonePlaces(const Snapshot& before, const Snapshot& after,
                                 const Reported& reported);

// Takes out of `*resources` what takes the place of one of `gone`, each of
// which has one place to give, and leaves a hint with what may do so.
// `releases` may tell who made what is gone.
Replacements TakeReplacements(const std::vector<Identity>& gone,
                              const std::vector<Release>& releases,
                              const Options& options,
                              std::vector<Resource>* resources);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_REPLACEMENTS_H_
