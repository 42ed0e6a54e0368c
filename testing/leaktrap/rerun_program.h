// This program once more, for one test.

#ifndef LEAKTRAP_RERUN_PROGRAM_H_
#define LEAKTRAP_RERUN_PROGRAM_H_

#include <string>
#include <vector>

#include "leaktrap/stack/unseen_process.h"

namespace leaktrap::internal {

// Tells a process that was started again where its starter reads. No variable
// of Leaktrap's, of which users know each.
inline constexpr char kRerunVariable[] = "_LEAKTRAP_TELLS";

// The filter that fits `test`, "Suite.Name". What means something in a filter
// becomes `?`, which fits it too.
std::string FilterFor(const std::string& test);

// `arguments` without those that choose tests and reports, and with those that
// choose this.
std::vector<std::string> RerunArguments(std::vector<std::string> arguments,
                                        const std::string& filter, int rounds);

// The same of "NAME=value".
std::vector<std::string> RerunEnvironment(std::vector<std::string> environment,
                                          const std::string& filter,
                                          int rounds);

// As this process was started, but for those. Without arguments if it cannot be
// told how.
Program ThisProgramAgain(const std::string& test, int rounds);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RERUN_PROGRAM_H_
