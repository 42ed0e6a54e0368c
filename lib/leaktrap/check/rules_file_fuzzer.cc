// Files of rules: what can be read can be written, and read as the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/check/rules_file.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

bool AreSame(const FileRule& a, const FileRule& b) {
  return a.kind == b.kind && a.by == b.by && a.glob == b.glob &&
         a.dirt_glob == b.dirt_glob && a.test_glob == b.test_glob &&
         a.count == b.count && a.reason == b.reason;
}

void Check(const std::string& text) {
  const RulesFile file = ParseRules("leaks.rules", text);
  FUZZ_CHECK(file.errors.empty() || file.rules.empty());
  for (const std::string& error : file.errors) {
    FUZZ_CHECK(error == Printable(error));
    FUZZ_CHECK(error.find("leaks.rules:") == 0);
  }
  std::string written;
  for (const FileRule& rule : file.rules) written += RuleLine(rule) + "\n";
  const RulesFile again = ParseRules("leaks.rules", written);
  FUZZ_CHECK(again.errors.empty());
  FUZZ_CHECK(again.rules.size() == file.rules.size());
  for (size_t i = 0; i < file.rules.size(); ++i) {
    FUZZ_CHECK(AreSame(file.rules[i], again.rules[i]));
    FUZZ_CHECK(RuleKey(file.rules[i]) == RuleKey(again.rules[i]));
  }
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(leaktrap::internal::FuzzInput(data, size).Rest());
  return 0;
}
