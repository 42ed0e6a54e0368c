// Who made it, and who released it, as text.

#ifndef LEAKTRAP_REPORT_ORIGIN_TEXT_H_
#define LEAKTRAP_REPORT_ORIGIN_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/check/verifier.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

// "made by open() at", and the lines of the stack: all of it begins on a new
// line, `indent` spaces in.
std::string OriginText(const Origin& origin, int indent);

// "given back at" and "checked out at", each with the lines of its stack, in
// the same form: of a connection that was given back dirty.
std::string DirtyReturnText(const Resource& resource, int indent);

// "now in recv() on descriptor 7 at", and the lines of the stack, in the same
// form.
std::string ActivityText(const Activity& now, int indent);

// What to call to release `resource`; what its maker calls for rather than what
// its kind does: fclose(3) for what fopen(3) made. May be empty.
std::string ReleaseHint(const Resource& resource);

// "A.Test closed what it had not opened:", and a paragraph each.
std::string ForeignReleasesText(const std::string& owner,
                                const std::vector<ForeignRelease>& releases);
std::string RepeatedReleasesText(const std::string& owner,
                                 const std::vector<Release>& releases);

// "B.Test saw these released late:", and a line each.
std::string LateReleasesText(const std::string& owner,
                             const std::vector<LateRelease>& releases);

// Looks up all stacks of these at once, which is much cheaper than one by one.
void Prepare(const std::vector<const Resource*>& resources);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_ORIGIN_TEXT_H_
