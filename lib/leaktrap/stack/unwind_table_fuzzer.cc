// Unwinding tables that no linker has written: the input says where in the
// segment that follows the table lies, and which address is looked for.

#include <cstddef>
#include <cstdint>
#include <string>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_frame_info.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/hostile_module_for_test.h"
#include "leaktrap/stack/unwind_table.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

bool LiesIn(const ByteRange& inner, const ByteRange& outer) {
  return outer.begin <= inner.begin && inner.begin <= inner.end &&
         inner.end <= outer.end;
}

void CheckDescription(const HostileModule& hostile,
                      const FrameDescription& description, uintptr_t address) {
  FUZZ_CHECK(LiesIn(description.common_program, hostile.range()));
  FUZZ_CHECK(LiesIn(description.program, hostile.range()));
  const auto rules = RulesAt(description, address);
  if (!rules) return;
  for (const RegisterRule& rule : rules->registers) {
    FUZZ_CHECK(rule.expression.empty() ||
               LiesIn(rule.expression, hostile.range()));
  }
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const auto table = input.Number<uint16_t>();
  const auto place = input.Number<int32_t>();
  const std::string segment = input.Rest();
  const HostileModule hostile(segment, table);
  const uintptr_t address = hostile.begin() + place;
  if (const auto found = FindFrameDescription(hostile.module(), address)) {
    FUZZ_CHECK(found->function.Contains(address));
    CheckDescription(hostile, *found, address);
  }
  // As if the table had said so.
  if (const auto read = ReadFrameDescription(hostile.module(), address)) {
    CheckDescription(hostile, *read, read->function.begin);
  }
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
