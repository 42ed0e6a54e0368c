// Stacks, registers, tables and code that no program has had.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "leaktrap/stack/call_site.h"
#include "leaktrap/stack/frame_pointer_guess.h"
#include "leaktrap/stack/frame_size.h"
#include "leaktrap/stack/hostile_module_for_test.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/unwinder.h"
#include "leaktrap/system/fuzzing_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr uintptr_t kStack = 0x10000;
constexpr size_t kMostFrames = 32;

// Addresses differ from run to run: 0xc0 in a word's highest byte makes it one
// of the code, 0xc1 one of the stack.
uint64_t Word(FuzzInput* input, const HostileModule& hostile) {
  const auto word = input->Number<uint64_t>();
  const auto offset = static_cast<uint32_t>(word);
  if (word >> 56 == 0xc0) return hostile.begin() + offset;
  if (word >> 56 == 0xc1) return kStack + offset;
  return word;
}

Registers ReadRegisters(FuzzInput* input, const HostileModule& hostile) {
  Registers registers;
  registers.Set(Registers::kInstruction, Word(input, hostile));
  registers.Set(Registers::kStackPointer, kStack);
  const auto known = input->Number<uint16_t>();
  for (uint64_t number = 0; number < 16; ++number) {
    if ((known >> number & 1) != 0) {
      registers.Set(number, Word(input, hostile));
    }
  }
  return registers;
}

StackCopy ReadStack(FuzzInput* input, const HostileModule& hostile) {
  std::vector<char> bytes;
  for (auto words = input->Number<uint8_t>(); words > 0; --words) {
    const uint64_t word = Word(input, hostile);
    const auto* const begin = reinterpret_cast<const char*>(&word);
    bytes.insert(bytes.end(), begin, begin + sizeof(word));
  }
  return StackCopy(kStack, std::move(bytes), true);
}

void CheckUnwound(const HostileModule& hostile, const Unwound& unwound) {
  FUZZ_CHECK(unwound.addresses.size() <= kMostFrames);
  FUZZ_CHECK(unwound.functions.size() == unwound.addresses.size());
  for (size_t i = 0; i < unwound.addresses.size(); ++i) {
    const uintptr_t address = unwound.addresses[i];
    const ByteRange& function = unwound.functions[i];
    FUZZ_CHECK(function.empty() || function.Contains(address - 1));
    const auto frame_size = FrameSizeAt(hostile.code(), address);
    FUZZ_CHECK(!frame_size || frame_size->least <= frame_size->most);
    CallBefore(hostile.code(), address);
    JumpsInto(hostile.code(), function.begin, function);
  }
}

void Check(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const auto table = input.Number<uint16_t>();
  const std::string segment(input.Take(input.Number<uint16_t>()));
  const HostileModule hostile(segment, table);
  UnwindState state;
  state.is_interrupted = input.Number<uint8_t>() % 2 != 0;
  state.registers = ReadRegisters(&input, hostile);
  const StackCopy stack = ReadStack(&input, hostile);

  const Unwound unwound = Unwind(hostile.code(), stack, state, kMostFrames);
  CheckUnwound(hostile, unwound);
  if (unwound.end != UnwindEnd::kUnknownRegister) return;
  const auto guessed =
      GuessFramePointer(hostile.code(), stack, unwound, kMostFrames);
  if (!guessed) return;
  CheckUnwound(hostile, *guessed);
  FUZZ_CHECK(guessed->addresses.size() >= unwound.addresses.size());
  FUZZ_CHECK(std::equal(unwound.addresses.begin(), unwound.addresses.end(),
                        guessed->addresses.begin()));
}

}  // namespace
}  // namespace leaktrap::internal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leaktrap::internal::Check(data, size);
  return 0;
}
