// Programs of call frame information that no compiler has written.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_frame_info.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr uintptr_t kFunction = 0x5000;

bool LiesIn(const ByteRange& inner, const ByteRange& outer) {
  return outer.begin <= inner.begin && inner.begin <= inner.end &&
         inner.end <= outer.end;
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  FrameDescription description;
  description.function = {kFunction, kFunction + 0x10000};
  description.code_alignment = input.Number<uint8_t>();
  description.data_alignment = input.Number<int8_t>();
  description.pointer_encoding = input.Number<uint8_t>();
  const auto offset = input.Number<uint16_t>();
  const std::string_view common = input.Take(input.Number<uint8_t>());
  const std::string_view own = input.Take(size);
  const GuardedBytes common_bytes(common.data(), common.size());
  const GuardedBytes own_bytes(own.data(), own.size());
  description.common_program = common_bytes.range();
  description.program = own_bytes.range();

  const auto rules = RulesAt(description, kFunction + offset);
  if (!rules) return;
  const auto is_of_a_program = [&](const ByteRange& range) {
    return range.empty() || LiesIn(range, description.program) ||
           LiesIn(range, description.common_program);
  };
  FUZZ_CHECK(is_of_a_program(rules->cfa_expression));
  for (const RegisterRule& rule : rules->registers) {
    FUZZ_CHECK(is_of_a_program(rule.expression));
  }
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
