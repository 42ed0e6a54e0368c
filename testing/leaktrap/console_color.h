// Colours for what Leaktrap itself prints, where a person reads it.
//
// A failure's message has none: GoogleTest prints it, and puts the same text
// into its XML and JSON.

#ifndef LEAKTRAP_CONSOLE_COLOR_H_
#define LEAKTRAP_CONSOLE_COLOR_H_

#include <string>

namespace leaktrap::internal {

// As GoogleTest uses them: what is wrong, what is well, what is to be known.
enum class Color { kNone, kRed, kGreen, kYellow };

// Whether stdout takes colours now. --gtest_color=yes and no, and GTEST_COLOR,
// decide; else it must be a terminal of a kind that GoogleTest colours, too,
// and NO_COLOR must not be set to anything.
bool UsesColor();

// Without a newline in `text`. Unchanged where UsesColor() is false.
std::string InColor(Color color, const std::string& text);

// The lines of a report: the first in `headline`, what to do to release a
// resource in green, and lines that end with `own_line` ("file.cc:12"; empty
// for none) in bold. `report` must be printable (PrintableLines).
std::string ReportInColor(const std::string& report, Color headline,
                          const std::string& own_line);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CONSOLE_COLOR_H_
