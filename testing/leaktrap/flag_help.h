// What --help says of Leaktrap, after what GoogleTest says of itself.

#ifndef LEAKTRAP_FLAG_HELP_H_
#define LEAKTRAP_FLAG_HELP_H_

#include <string>

namespace leaktrap::internal {

// A line for each flag, with its default. Ends with a newline.
std::string FlagHelp();

// Has the help printed when the process ends, if it was asked for and no test
// was started. Not earlier: GoogleTest prints its own whenever main gets to it,
// and then RUN_ALL_TESTS() tells no listener anything. To be called once, by a
// static initialiser.
void PrintHelpAtExit();

// It was asked for in arguments that main made up itself.
void AskForHelp();

// Tests are started: whatever --help meant to this program, it was not this.
void ForgetHelp();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_FLAG_HELP_H_
