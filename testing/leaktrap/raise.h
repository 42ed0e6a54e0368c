// How a verdict reaches GoogleTest's results and the console: as
// PrintableLines() makes it, whatever it quotes.

#ifndef LEAKTRAP_RAISE_H_
#define LEAKTRAP_RAISE_H_

#include <string>

#include "leaktrap/console_color.h"

namespace leaktrap::internal {

// Adds a failure to the running test or, outside one, to the run. Never throws,
// also under --gtest_throw_on_failure: it is raised from listeners and
// destructors.
void RaiseFailure(const char* file, int line, const std::string& message);

// Prints to where GoogleTest prints; on a terminal with colours, as
// ReportInColor() gives them.
void PrintNote(const std::string& note, Color headline = Color::kNone,
               const std::string& own_line = "");

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_RAISE_H_
