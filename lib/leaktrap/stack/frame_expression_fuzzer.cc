// Formulas that no compiler has written.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leaktrap/stack/frame_expression.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr uintptr_t kStack = 0x1000;
constexpr char kNothing = '\x96';  // DW_OP_nop

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  Registers registers;
  const auto known = input.Number<uint32_t>();
  for (uint64_t number = 0; number < Registers::kCount; ++number) {
    if ((known >> number & 1) != 0) {
      registers.Set(number, kStack + input.Number<uint8_t>());
    }
  }
  std::optional<uint64_t> start;
  if ((known >> 31 & 1) != 0) start = input.Number<uint64_t>();
  const std::string_view memory = input.Take(input.Number<uint8_t>());
  const StackCopy stack(kStack, {memory.begin(), memory.end()}, true);
  const std::string expression = input.Rest();

  const auto evaluate = [&](const std::string& text) {
    const GuardedBytes bytes(text.data(), text.size());
    return EvaluateExpression(bytes.range(), registers, stack, start);
  };
  const std::optional<uint64_t> value = evaluate(expression);
  if (!value) return;
  FUZZ_CHECK(evaluate(expression + kNothing) == value);
  FUZZ_CHECK(evaluate(kNothing + expression) == value);
  // DW_OP_plus_uconst 5
  FUZZ_CHECK(evaluate(expression + "\x23\x05") == *value + 5);
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
