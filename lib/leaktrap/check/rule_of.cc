#include "leaktrap/check/rule_of.h"

#include <string>

#include "absl/strings/ascii.h"
#include "leaktrap/check/matching.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/frame_owner.h"
#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

// "worker-*" of "worker-12".
std::string WithoutNumbers(const std::string& name) {
  std::string glob;
  bool in_number = false;
  for (char c : name) {
    const bool is_digit = absl::ascii_isdigit(static_cast<unsigned char>(c));
    if (!is_digit) {
      glob += GlobOf(std::string(1, c));
    } else if (!in_number) {
      glob += '*';
    }
    in_number = is_digit;
  }
  return glob;
}

}  // namespace

std::string MakerOf(const Resource& leak) {
  if (!leak.origin.has_value()) return "";
  std::string fetched;  // by the build: the next best
  for (const Frame& frame : ReadableFrames(Symbolize(leak.origin->stack))) {
    if (frame.inlined || frame.function.empty()) continue;
    const FrameOwner owner = OwnerOf(frame);
    if (owner == FrameOwner::kUser) return BareName(frame.function);
    if (owner == FrameOwner::kThirdParty && fetched.empty()) {
      fetched = BareName(frame.function);
    }
  }
  return fetched;
}

FileRule RuleOf(const Resource& leak) {
  FileRule rule;
  rule.kind = leak.identity.kind;
  const std::string maker = MakerOf(leak);
  if (!maker.empty()) {
    rule.by = FileRule::By::kMaker;
    rule.glob = GlobOf(maker);
  } else {
    rule.by = FileRule::By::kName;
    rule.glob = leak.name.empty() ? "*" : WithoutNumbers(leak.name);
  }
  if (!leak.dirt.empty()) rule.dirt_glob = WithoutNumbers(leak.dirt);
  return rule;
}

}  // namespace leaktrap::internal
