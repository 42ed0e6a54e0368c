#include <algorithm>
#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_site.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {
namespace {

constexpr uint8_t kCall = 0xe8;
constexpr uint8_t kJump = 0xe9;
constexpr uint8_t kShortJump = 0xeb;
// With the condition in the low four bits.
constexpr uint8_t kShortConditionalJump = 0x70;
// After kEscape, with the condition in the low four bits.
constexpr uint8_t kConditionalJump = 0x80;
constexpr uint8_t kEscape = 0x0f;
// What it does is said in the middle of the next byte.
constexpr uint8_t kIndirect = 0xff;
constexpr uint8_t kIndirectCall = 2;
// The byte after kIndirect that says: by the word at the next instruction plus
// a distance.
constexpr uint8_t kRelativeCall = 0x15;
constexpr uint8_t kRelativeJump = 0x25;

constexpr uintptr_t kLongestCall = 7;

// Functions are hardly ever larger.
constexpr uintptr_t kMostScanned = 65536;

uint8_t MiddleOf(uint8_t mode) { return mode >> 3 & 7; }

// `FF /digit`: how many bytes it has, by its second and third.
int IndirectLength(uint8_t mode, uint8_t scale) {
  const int base = mode & 7;
  const int extra = base == 4 ? 1 : 0;
  switch (mode >> 6) {
    case 0:
      return base == 5 || (extra == 1 && (scale & 7) == 5) ? 6 + extra
                                                           : 2 + extra;
    case 1:
      return 3 + extra;
    case 2:
      return 6 + extra;
    default:
      return 2;
  }
}

// The word at `address`, 0 if there is none.
uintptr_t WordAt(const LoadedCode& code, uintptr_t address) {
  return code.ReadAt(address).Fixed<uintptr_t>();
}

// Where one comes to by a jump to `address`: there, but for the stubs that the
// linker makes to get into other modules.
uintptr_t PastStub(const LoadedCode& code, uintptr_t address) {
  ByteReader reader = code.ReadAt(address);
  uint8_t byte = reader.Byte();
  if (byte == 0xf3) {
    // endbr64
    reader.Skip(3);
    byte = reader.Byte();
  }
  // bnd
  if (byte == 0xf2) byte = reader.Byte();
  if (byte != kIndirect || reader.Byte() != kRelativeJump) return address;
  const auto distance = reader.Fixed<int32_t>();
  return reader.ok() ? WordAt(code, reader.position() + distance) : address;
}

// The last four bytes before `address` are a distance from there.
uintptr_t TargetBefore(const LoadedModule& module, uintptr_t address) {
  return address + module.ReadAt(address - 4).Fixed<int32_t>();
}

}  // namespace

std::optional<Call> CallBefore(const LoadedCode& code,
                               uintptr_t return_address) {
  const LoadedModule* const module = code.Find(return_address - 1);
  if (module == nullptr || code.Find(return_address - kLongestCall) != module) {
    return std::nullopt;
  }
  ByteReader reader = module->ReadAt(return_address - kLongestCall);
  uint8_t bytes[kLongestCall];
  for (uint8_t& byte : bytes) byte = reader.Byte();
  if (!reader.ok()) return std::nullopt;
  const uint8_t* const end = bytes + kLongestCall;
  if (end[-5] == kCall) {
    const uintptr_t target = TargetBefore(*module, return_address);
    if (code.Find(target) != nullptr) return Call{PastStub(code, target)};
  }
  for (const int length : {2, 3, 4, 6, 7}) {
    const uint8_t* const call = end - length;
    if (call[0] != kIndirect || MiddleOf(call[1]) != kIndirectCall ||
        IndirectLength(call[1], length > 2 ? call[2] : 0) != length) {
      continue;
    }
    if (call[1] != kRelativeCall) return Call{};
    return Call{WordAt(code, TargetBefore(*module, return_address))};
  }
  return std::nullopt;
}

bool JumpsInto(const LoadedCode& code, uintptr_t from,
               const ByteRange& function) {
  const LoadedModule* const module = code.Find(from);
  if (module == nullptr) return false;
  const auto description = FindFrameDescription(*module, from);
  if (!description || description->function.begin != from) return false;
  const uintptr_t end =
      std::min(description->function.end, from + kMostScanned);
  uint8_t before = 0;
  // Nothing says where instructions begin: what looks like a jump may be none.
  for (ByteReader reader = module->ReadAt(from);
       reader.ok() && reader.position() < end;) {
    const uint8_t byte = reader.Byte();
    const uintptr_t after = reader.position();
    // A short one, to a neighbour.
    if ((byte == kShortJump || (byte & 0xf0) == kShortConditionalJump) &&
        function.Contains(after + 1 + module->ReadAt(after).Fixed<int8_t>())) {
      return true;
    }
    const bool jumps = byte == kJump ||
                       (before == kEscape && (byte & 0xf0) == kConditionalJump);
    before = byte;
    if (!jumps) continue;
    const uintptr_t target = TargetBefore(*module, after + 4);
    if (function.Contains(target) ||
        (code.Find(target) != nullptr &&
         function.Contains(PastStub(code, target)))) {
      return true;
    }
  }
  return false;
}

}  // namespace leaktrap::internal
