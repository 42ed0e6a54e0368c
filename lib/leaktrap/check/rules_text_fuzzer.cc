// Files of rules that are written anew: two lines that say what was found, then
// the file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/check/ratchet.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/check/rules_text.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr int kChanges = 2;

// A rule with a count, which is what was found now; 9 stands for none.
void AddChange(const std::string& line, std::vector<RuleChange>* changes) {
  const RulesFile file = ParseRules("", line);
  if (file.rules.size() != 1 || !file.rules.front().count) return;
  const int count = *file.rules.front().count;
  changes->push_back({file.rules.front(), "", count == 9 ? 0 : count});
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  std::vector<RuleChange> changes;
  for (int i = 0; i < kChanges; ++i) AddChange(input.Line(), &changes);
  const std::string text = input.Rest();

  const std::string same = ChangeRules(text, {}).text;
  if (!text.empty()) {
    FUZZ_CHECK(same == (text.back() == '\n' ? text : text + "\n"));
  }
  const RulesTextChange changed = ChangeRules(text, changes);
  if (!ParseRules("", text).errors.empty()) return;
  FUZZ_CHECK(ParseRules("", changed.text).errors.empty());
  const RulesTextChange again = ChangeRules(changed.text, changes);
  FUZZ_CHECK(again.text == changed.text);
  FUZZ_CHECK(again.added + again.raised + again.lowered + again.taken_out == 0);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
