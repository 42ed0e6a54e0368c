// Lines of source files that a comment marks.

#ifndef LEAKTRAP_SCENARIOS_MARKED_LINES_H_
#define LEAKTRAP_SCENARIOS_MARKED_LINES_H_

#include <map>
#include <string>
#include <vector>

namespace leaktrap::scenarios {

// Where lines end in "// WORD: NAME" or "// WORD: NAME OTHER": "file:line" by
// name. `files` are paths from the current directory, and are named like that.
// Throws std::runtime_error for a file that cannot be read, and for a name that
// is marked by the same word twice.
std::map<std::string, std::string> MarkedLines(
    const std::vector<std::string>& files, const std::string& word);

}  // namespace leaktrap::scenarios

#endif  // LEAKTRAP_SCENARIOS_MARKED_LINES_H_
