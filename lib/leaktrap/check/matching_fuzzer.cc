// Globs and names: the first two lines are names, all else is a glob.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/check/matching.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

std::vector<std::string> NoFunctions(const std::vector<uintptr_t>&) {
  return {};
}

bool MatchesName(const std::string& glob, const std::string& name) {
  FileRule rule;
  rule.glob = glob;
  Resource resource;
  resource.name = name;
  Subject subject(resource, NoFunctions);
  return Matches(rule, "Suite.Test", &subject);
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  // As names of resources are.
  const std::string name = Printable(input.Line());
  const std::string other = Printable(input.Line());
  FUZZ_CHECK(MatchesName(GlobOf(name), name));
  FUZZ_CHECK(MatchesName(GlobOf(name), other) == (name == other));
  FUZZ_CHECK(MatchesName("*", name));
  FUZZ_CHECK(MatchesName("*" + GlobOf(other), name + other));
  FUZZ_CHECK(MatchesName(GlobOf(name) + "*", name + other));
  const std::string glob = input.Rest();
  if (!HasWildcards(glob)) {
    FUZZ_CHECK(MatchesName(glob, name) == (glob == name));
  } else {
    MatchesName(glob, name);
  }
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
