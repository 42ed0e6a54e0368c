#include "leaktrap/report/missing_lines.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/frame_owner.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

// Whether the innermost frame of the user's own has no line: that is where a
// leak is made, and a line of the test that called it is no help. Code in any
// library that is not the system's counts as the user's own.
bool LacksLines(const std::vector<uintptr_t>& stack) {
  if (stack.empty()) return false;
  for (const Frame& frame : ReadableFrames(Symbolize(stack))) {
    // A file without a line is code that the compiler made up.
    if (OwnerOf(frame) == FrameOwner::kUser) return frame.file.empty();
  }
  return false;
}

}  // namespace

std::string MissingLinesText(
    const std::vector<std::vector<uintptr_t>>& stacks) {
  if (std::none_of(stacks.begin(), stacks.end(), LacksLines)) return "";
  return absl::StrCat("\n  no lines: ",
                      Printable(Symbolizer::OfProcess().WhyNoLines()));
}

}  // namespace leaktrap::internal
