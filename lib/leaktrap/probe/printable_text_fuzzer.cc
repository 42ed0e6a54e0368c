// Any bytes at all, made fit for a report.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leaktrap/probe/character.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/process_text.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

bool IsLine(std::string_view text) {
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    if (character.length == 0 || IsUnfitToShow(character.code)) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

void CheckLines(std::string_view text) {
  const std::string lines = PrintableLines(text);
  FUZZ_CHECK(PrintableLines(lines) == lines);
  std::string_view rest = lines;
  size_t ends = 0;
  for (size_t end = 0; end != rest.npos; ++ends) {
    end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    FUZZ_CHECK(line.size() <= kLongestLine);
    FUZZ_CHECK(IsLine(line));
    FUZZ_CHECK(line.substr(0, 2) != "::");
    FUZZ_CHECK(line.find("##[") == line.npos);
    if (end != rest.npos) rest.remove_prefix(end + 1);
  }
  size_t wanted = 1;
  for (const char c : text) wanted += c == '\n' ? 1 : 0;
  FUZZ_CHECK(ends == wanted);
}

void Check(std::string_view text) {
  const std::string line = Printable(text);
  FUZZ_CHECK(IsLine(line));
  FUZZ_CHECK(Printable(line) == line);
  FUZZ_CHECK(line == text || !IsLine(text));
  CheckLines(text);
  const std::string command = CommandLineText(text);
  FUZZ_CHECK(IsLine(command));
  FUZZ_CHECK(command.size() <= kLongestCommandLine);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
