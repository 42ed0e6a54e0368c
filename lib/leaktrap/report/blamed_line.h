// The line that a failure is to stand at, so that an editor goes there.

#ifndef LEAKTRAP_REPORT_BLAMED_LINE_H_
#define LEAKTRAP_REPORT_BLAMED_LINE_H_

#include <optional>
#include <string>
#include <vector>

#include "leaktrap/report/findings.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct SourceLine {
  std::string file;
  int line = 0;
};

// Of one finding. The innermost line of the user's own code that made the root;
// or, where other leaks of the finding were made below the same call, that
// call: what opened a socket and started a thread for it is to be mended, not
// the socket and the thread. Of a lease, not the lines of the pool itself that
// handed it out.
std::optional<SourceLine> LineToMend(const AlikeFindings& alike);

// Of the first finding that has one.
std::optional<SourceLine> BlamedLine(const std::vector<Resource>& leaks);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_BLAMED_LINE_H_
