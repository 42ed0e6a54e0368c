#include "leaktrap/report/blamed_line.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/report/findings.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

using Stack = std::vector<uintptr_t>;

bool Holds(const Stack& stack, uintptr_t address) {
  return std::find(stack.begin(), stack.end(), address) != stack.end();
}

std::optional<Frame> UserFrameOf(const Stack& stack) {
  return UserFrame(ReadableFrames(Symbolize(stack)));
}

const Stack& StackOf(const Resource& leak) {
  static const auto* const none = new Stack;
  return leak.origin.has_value() ? leak.origin->stack : *none;
}

// `stack` from the innermost user's frame on that lies outside of the file of
// the first; all of it if there is none.
Stack WithoutItsFile(const Stack& stack) {
  const std::optional<Frame> first = UserFrameOf(stack);
  if (!first.has_value()) return stack;
  for (auto at = stack.begin(); at != stack.end(); ++at) {
    const std::optional<Frame> frame = UserFrameOf({*at});
    if (frame.has_value() && frame->file != first->file) {
      return Stack(at, stack.end());
    }
  }
  return stack;
}

// The user's calls on `stack`, from the innermost on.
Stack UserCalls(const Stack& stack) {
  // One batch, not one for each address.
  const std::vector<Frame> readable = ReadableFrames(Symbolize(stack));
  Stack calls;
  for (const Frame& frame : readable) {
    if (UserFrame({frame}).has_value() && !Holds(calls, frame.address)) {
      calls.push_back(frame.address);
    }
  }
  return calls;
}

// How many of the outermost calls two stacks have in common.
size_t CommonDepth(const Stack& a, const Stack& b) {
  const auto differ = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>(differ.first - a.rbegin());
}

}  // namespace

std::optional<SourceLine> LineToMend(const AlikeFindings& alike) {
  const Resource& root = *alike.parts.front().front();
  const Stack& stack = StackOf(root);
  Stack calls = UserCalls(stack);
  if (root.identity.kind == Kind::kConnection) calls = WithoutItsFile(calls);
  if (calls.empty()) return std::nullopt;
  uintptr_t blamed = calls.front();
  size_t depth = stack.size();
  for (size_t part = 1; part < alike.parts.size(); ++part) {
    const size_t common =
        CommonDepth(stack, StackOf(*alike.parts[part].front()));
    const Stack outer(stack.end() - static_cast<std::ptrdiff_t>(common),
                      stack.end());
    const auto call =
        std::find_if(calls.begin(), calls.end(),
                     [&](uintptr_t address) { return Holds(outer, address); });
    // What was made on another stack altogether says nothing here.
    if (call == calls.end() || common >= depth) continue;
    depth = common;
    blamed = *call;
  }
  const std::optional<Frame> frame = UserFrameOf({blamed});
  if (!frame.has_value()) return std::nullopt;
  return SourceLine{frame->file, frame->line};
}

std::optional<SourceLine> BlamedLine(const std::vector<Resource>& leaks) {
  for (const AlikeFindings& alike : FindingsOf(leaks)) {
    const std::optional<SourceLine> line = LineToMend(alike);
    if (line.has_value()) return line;
  }
  return std::nullopt;
}

}  // namespace leaktrap::internal
