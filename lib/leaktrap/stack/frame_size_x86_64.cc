#include <algorithm>
#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_frame_info.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/frame_size.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"

namespace leaktrap::internal {
namespace {

// The frame pointer points to the caller's, above which is the return address.
constexpr int64_t kAboveFramePointer = 16;

// Compilers take the room among the first instructions.
constexpr uintptr_t kBeginning = 96;

// `mov %rsp, %rbp`.
constexpr uint32_t kSetFramePointer = 0x4889e5;
// With the register in the low three bits.
constexpr uint8_t kPush = 0x50;
constexpr uint8_t kUpperRegister = 0x41;

constexpr int32_t kPage = 4096;

// No frame is larger; numbers of broken descriptions may be.
constexpr int64_t kFarthest = INT32_MAX;

// Arithmetic with 64 bits and a constant of one byte or four; on the stack
// pointer.
constexpr uint8_t kWide = 0x48;
constexpr uint8_t kByShort = 0x83;
constexpr uint8_t kByLong = 0x81;
constexpr uint8_t kAdd = 0xc4;
constexpr uint8_t kAnd = 0xe4;
constexpr uint8_t kSubtract = 0xec;

// The same from a register to the stack pointer; from one of the upper eight.
constexpr uint8_t kWideUpper = 0x4c;
constexpr uint8_t kSubtractRegister = 0x29;
constexpr uint8_t kMoveRegister = 0x89;
constexpr uint8_t kToRspMask = 0xc7;
constexpr uint8_t kToRsp = 0xc4;
constexpr uint8_t kFromRbp = 0xec;

// `mov %REGISTER, DISTANCE(%rbp)`: after kWide or kWideUpper and kMoveRegister,
// with the register in the middle of the byte. The distance has one byte or
// four.
constexpr uint8_t kToFrameShort = 0x45;
constexpr uint8_t kToFrameLong = 0x85;

// By how much the function's beginning lowers the stack pointer, other than by
// pushes: `and $-N, %rsp`, then `sub $N, %rsp`, or `add $-128, %rsp`, which is
// shorter. The first such bytes are taken for the instruction; nothing says
// where instructions begin.
FrameSize RoomTaken(const LoadedModule& module, const ByteRange& function) {
  const uintptr_t end = std::min(function.end, function.begin + kBeginning);
  FrameSize room;
  auto with = [&room](uint64_t taken) {
    return FrameSize{room.least + taken, room.most + taken};
  };
  for (uintptr_t address = function.begin; address < end; ++address) {
    ByteReader reader = module.ReadAt(address);
    if (reader.Byte() != kWide) continue;
    const uint8_t operation = reader.Byte();
    const uint8_t operand = reader.Byte();
    if (operation == kByShort && operand == kSubtract) {
      return with(reader.Fixed<int8_t>());
    }
    if (operation == kByLong && operand == kSubtract) {
      const auto taken = reader.Fixed<int32_t>();
      room = with(taken);
      // Some compilers touch each page of a large frame before they go on.
      if (taken != kPage) return room;
    }
    if (operation == kByShort && operand == kAdd) {
      const auto added = reader.Fixed<int8_t>();
      // Otherwise it gives room back.
      if (added < 0) return with(-added);
    }
    if (operation == kByShort && operand == kAnd) {
      room.most = ~reader.Fixed<int8_t>();
    } else if (operation == kByLong && operand == kAnd) {
      room.most = ~reader.Fixed<int32_t>();
    }
  }
  return room;
}

// How many bytes are pushed right after the frame pointer is set. More than
// there are registers to be saved: some compilers take eight bytes so.
int64_t BytesPushed(const LoadedModule& module, const ByteRange& function) {
  ByteReader reader = module.ReadAt(function.begin);
  for (uint32_t last = 0; last != kSetFramePointer;) {
    if (!reader.ok() || reader.position() > function.begin + kBeginning) {
      return 0;
    }
    last = (last << 8 | reader.Byte()) & 0xffffff;
  }
  for (int64_t pushed = 0;; pushed += 8) {
    uint8_t byte = reader.Byte();
    if (byte == kUpperRegister) byte = reader.Byte();
    if (!reader.ok() || (byte & 0xf8) != kPush) return pushed;
  }
}

// Whether the function saves the register (its number as in call frame
// information) by moving it to `distance` from the frame pointer. That takes no
// room beyond what was taken for it. Compilers do it where not all ways through
// the function need the register.
bool SavesByMoving(const LoadedModule& module, const ByteRange& function,
                   uint64_t number, int64_t distance) {
  const bool is_upper = number >= 8;
  const auto which = static_cast<uint8_t>((number & 7) << 3);
  for (uintptr_t address = function.begin; address < function.end; ++address) {
    ByteReader reader = module.ReadAt(address);
    // A broken description may let it end far behind all that is mapped.
    if (!reader.ok()) return false;
    if (reader.Byte() != (is_upper ? kWideUpper : kWide) ||
        reader.Byte() != kMoveRegister) {
      continue;
    }
    const uint8_t mode = reader.Byte();
    if ((mode == (kToFrameShort | which) &&
         reader.Fixed<int8_t>() == distance) ||
        (mode == (kToFrameLong | which) &&
         reader.Fixed<int32_t>() == distance)) {
      return reader.ok();
    }
  }
  return false;
}

// How many bytes the registers that are pushed take, of those that are saved.
int64_t BytesSaved(const LoadedModule& module, const ByteRange& function,
                   const UnwindRules& rules) {
  int64_t saved = 0;
  for (uint64_t number = 0; number < Registers::kCount; ++number) {
    const RegisterRule& rule = rules.registers[number];
    if (rule.kind != RegisterRule::Kind::kInMemory ||
        rule.number < -kFarthest || rule.number > kFarthest) {
      continue;
    }
    const int64_t distance = rule.number + kAboveFramePointer;
    // What is further up than those pushed takes no more.
    if (-distance > saved &&
        !SavesByMoving(module, function, number, distance)) {
      saved = -distance;
    }
  }
  return saved;
}

// Whether the function computes the stack pointer: `sub %REGISTER, %rsp` or
// `mov %REGISTER, %rsp`, but for the frame pointer, from which it is restored.
bool ComputesStackPointer(const LoadedModule& module,
                          const ByteRange& function) {
  uint8_t last = 0, last_but_one = 0;
  for (ByteReader reader = module.ReadAt(function.begin);
       reader.ok() && reader.position() < function.end;) {
    const uint8_t byte = reader.Byte();
    const bool is_wide = last_but_one == kWide || last_but_one == kWideUpper;
    const bool from_frame_pointer = last_but_one == kWide && byte == kFromRbp;
    if (is_wide && (last == kSubtractRegister || last == kMoveRegister) &&
        (byte & kToRspMask) == kToRsp && !from_frame_pointer) {
      return true;
    }
    last_but_one = last;
    last = byte;
  }
  return false;
}

}  // namespace

std::optional<FrameSize> FrameSizeAt(const LoadedCode& code, uintptr_t place) {
  const LoadedModule* const module = code.Find(place);
  if (module == nullptr) return std::nullopt;
  const auto description = FindFrameDescription(*module, place);
  if (!description) return std::nullopt;
  const auto rules = RulesAt(*description, place);
  if (!rules) return std::nullopt;
  const uint64_t pushed =
      std::max(BytesSaved(*module, description->function, *rules),
               BytesPushed(*module, description->function));
  const FrameSize room = RoomTaken(*module, description->function);
  FrameSize size{pushed + room.least, pushed + room.most};
  if (ComputesStackPointer(*module, description->function)) {
    size.most = UINT64_MAX;
  }
  return size;
}

}  // namespace leaktrap::internal
