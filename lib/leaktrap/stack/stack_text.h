// A stack as a user wants to read it.

#ifndef LEAKTRAP_STACK_STACK_TEXT_H_
#define LEAKTRAP_STACK_STACK_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/stack/frame.h"

namespace leaktrap::internal {

inline constexpr size_t kStackLines = 12;

// The frames that tell users something, out of what Symbolize() returned:
// without Leaktrap's own, without what lies outside of the test (GoogleTest's
// runner, main) or of the thread (its start in the C library), without what the
// C and C++ libraries do innermost, and without their inner workings (names
// that start with "_", std::function's call) between. All of them, if nothing
// would be left; but none, if GoogleTest's runner was the first: a test whose
// last act was the call had no frame any more (a tail call), and the runner's
// are the same in every test.
std::vector<Frame> ReadableFrames(
    const std::vector<std::vector<Frame>>& symbolized);

// "function file:line" for each frame; "function (module+0x12)" where no line
// is known; one line for several in a row of a library that names none of them.
// Names are without parameters and are cut when overlong. After `limit` lines
// comes "... and N more". The text is as the program spells it: for
// printable_text.h to make fit for a report.
std::vector<std::string> StackLines(const std::vector<Frame>& frames,
                                    size_t limit = kStackLines);

// The function of the C or C++ library that the user's code called, and that
// has not returned: "std::condition_variable::wait", "recv". Empty if there is
// none, or none with a name that users know.
std::string LibraryCall(const std::vector<std::vector<Frame>>& symbolized);

// The innermost frame that is the user's own, with its file and line: where an
// editor should go. Code that the build fetched from elsewhere counts only
// where there is nothing nearer. nullopt if no such frame has a line.
std::optional<Frame> UserFrame(const std::vector<Frame>& frames);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_STACK_TEXT_H_
