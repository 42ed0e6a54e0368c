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

bool LacksLines(const std::vector<uintptr_t>& stack) {
  if (stack.empty()) return false;
  const std::vector<Frame> frames = ReadableFrames(Symbolize(stack));
  return !UserFrame(frames).has_value() &&
         std::any_of(frames.begin(), frames.end(), [](const Frame& frame) {
           return OwnerOf(frame) == FrameOwner::kUser;
         });
}

}  // namespace

std::string MissingLinesText(
    const std::vector<std::vector<uintptr_t>>& stacks) {
  if (std::none_of(stacks.begin(), stacks.end(), LacksLines)) return "";
  return absl::StrCat("\n  no lines: ",
                      Printable(Symbolizer::OfProcess().WhyNoLines()));
}

}  // namespace leaktrap::internal
