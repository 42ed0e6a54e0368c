// What a report names as the place of a call.

#ifndef LEAKTRAP_SCENARIOS_NAMED_LINES_H_
#define LEAKTRAP_SCENARIOS_NAMED_LINES_H_

#include <string>
#include <vector>

namespace leaktrap::scenarios {

// For each stack of `report` whose headline begins with `headline` ("made by",
// "closed first at"): the first "file:line" of a file under `folder`, or the
// headline itself where the stack names none.
std::vector<std::string> NamedLines(const std::string& report,
                                    const std::string& headline,
                                    const std::string& folder);

}  // namespace leaktrap::scenarios

#endif  // LEAKTRAP_SCENARIOS_NAMED_LINES_H_
