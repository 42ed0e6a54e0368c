// What a broken symbolizer may answer: the first byte says how many addresses
// it was asked for, and which one it is.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/symbolizer_output.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

bool IsLine(const std::string& text) {
  for (const unsigned char c : text) {
    if (c < ' ' || c == 0x7f) return false;
  }
  return true;
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const auto asked = input.Number<uint8_t>();
  const size_t questions = asked & 0x0f;
  const std::string output = input.Rest();
  const auto answers = (asked & 0x80) == 0
                           ? ReadLlvmSymbolizerOutput(output, questions)
                           : ReadAddr2lineOutput(output, questions);
  if (!answers) return;
  FUZZ_CHECK(answers->size() == questions);
  for (const auto& frames : *answers) {
    FUZZ_CHECK(!frames.empty());
    for (const Frame& frame : frames) {
      FUZZ_CHECK(frame.inlined == (&frame != &frames.back()));
      FUZZ_CHECK(frame.file.empty() == (frame.line == 0));
      FUZZ_CHECK(frame.line >= 0);
      FUZZ_CHECK(IsLine(frame.file) && IsLine(frame.function));
    }
  }
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
