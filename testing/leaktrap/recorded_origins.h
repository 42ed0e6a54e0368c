// What the recorder has recorded, for the verifier.

#ifndef LEAKTRAP_RECORDED_ORIGINS_H_
#define LEAKTRAP_RECORDED_ORIGINS_H_

#include <memory>
#include <string>
#include <vector>

#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"

namespace leaktrap::internal {

// Records as much as `options` say from now on. Null if nothing is recorded,
// and then `*why_not` says why.
std::unique_ptr<OriginSource> StartRecording(const Options& options,
                                             std::string* why_not);

// What users have to know of a recorder that does not do what `options` ask of
// it: a line each. A program without it, or with it switched off, is one that
// its user meant.
std::vector<std::string> NotesOnRecording(const Options& options,
                                          const std::string& why_not);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RECORDED_ORIGINS_H_
