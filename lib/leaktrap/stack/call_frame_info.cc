#include "leaktrap/stack/call_frame_info.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/registers.h"

namespace leaktrap::internal {
namespace {

// DW_CFA_*. The first three hold a number in their low six bits.
enum Instruction : uint8_t {
  kAdvance = 0x40,
  kOffset = 0x80,
  kRestore = 0xc0,
  kNothing = 0x00,
  kSetLocation = 0x01,
  kAdvance1 = 0x02,
  kAdvance2 = 0x03,
  kAdvance4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefined = 0x07,
  kSameValue = 0x08,
  kRegister = 0x09,
  kRememberState = 0x0a,
  kRestoreState = 0x0b,
  kDefineCfa = 0x0c,
  kDefineCfaRegister = 0x0d,
  kDefineCfaOffset = 0x0e,
  kDefineCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetSigned = 0x11,
  kDefineCfaSigned = 0x12,
  kDefineCfaOffsetSigned = 0x13,
  kValueOffset = 0x14,
  kValueOffsetSigned = 0x15,
  kValueExpression = 0x16,
  kGnuArgumentsSize = 0x2e,
  kGnuNegativeOffset = 0x2f,
};

// Compilers nest once or twice; a broken program shall not eat the memory.
constexpr size_t kMostRemembered = 64;

using Kind = RegisterRule::Kind;

class Interpreter {
 public:
  Interpreter(const FrameDescription& description, uintptr_t address)
      : description_(description), address_(address) {}

  std::optional<UnwindRules> Run() {
    if (!Run(description_.common_program)) return std::nullopt;
    initial_ = rules_;
    location_ = description_.function.begin;
    remembered_.clear();
    if (!Run(description_.program)) return std::nullopt;
    return rules_;
  }

 private:
  // Stops where the program comes to code after the address.
  bool Run(ByteRange program) {
    reader_ = ByteReader(program);
    while (!reader_.AtEnd() && location_ <= address_) {
      if (!Step(reader_.Byte()) || !reader_.ok()) return false;
    }
    return reader_.ok();
  }

  bool Step(uint8_t instruction) {
    const uint8_t low = instruction & 0x3f;
    switch (instruction & 0xc0) {
      case kAdvance:
        Advance(low);
        return true;
      case kOffset:
        Set(low, Kind::kInMemory, Scaled(reader_.Unsigned()));
        return true;
      case kRestore:
        Restore(low);
        return true;
      default:
        return MovesOn(instruction) || SaysCfa(instruction) ||
               SaysRegister(instruction);
    }
  }

  // The groups of instructions; false for one of another group.

  bool MovesOn(uint8_t instruction) {
    switch (instruction) {
      case kNothing:
        return true;
      case kSetLocation:
        location_ = reader_.Pointer(description_.pointer_encoding, 0);
        return true;
      case kAdvance1:
        Advance(reader_.Byte());
        return true;
      case kAdvance2:
        Advance(reader_.Fixed<uint16_t>());
        return true;
      case kAdvance4:
        Advance(reader_.Fixed<uint32_t>());
        return true;
      case kRememberState:
        if (remembered_.size() == kMostRemembered) return false;
        remembered_.push_back(rules_);
        return true;
      case kRestoreState:
        // With the CFA: the standard does not say, all compilers count on it.
        if (remembered_.empty()) return false;
        rules_ = remembered_.back();
        remembered_.pop_back();
        return true;
      case kGnuArgumentsSize:
        reader_.Unsigned();
        return true;
      default:
        return false;
    }
  }

  bool SaysCfa(uint8_t instruction) {
    switch (instruction) {
      case kDefineCfa:
        rules_.cfa_register = reader_.Unsigned();
        rules_.cfa_offset = static_cast<int64_t>(reader_.Unsigned());
        rules_.cfa_expression = {};
        return true;
      case kDefineCfaSigned:
        rules_.cfa_register = reader_.Unsigned();
        rules_.cfa_offset = Scaled(reader_.Signed());
        rules_.cfa_expression = {};
        return true;
      case kDefineCfaRegister:
        rules_.cfa_register = reader_.Unsigned();
        rules_.cfa_expression = {};
        return true;
      case kDefineCfaOffset:
        rules_.cfa_offset = static_cast<int64_t>(reader_.Unsigned());
        return true;
      case kDefineCfaOffsetSigned:
        rules_.cfa_offset = Scaled(reader_.Signed());
        return true;
      case kDefineCfaExpression:
        rules_.cfa_expression = reader_.Block();
        return true;
      default:
        return false;
    }
  }

  bool SaysRegister(uint8_t instruction) {
    if (instruction < kOffsetExtended) return false;
    const uint64_t number = reader_.Unsigned();
    switch (instruction) {
      case kOffsetExtended:
        Set(number, Kind::kInMemory, Scaled(reader_.Unsigned()));
        return true;
      case kOffsetSigned:
        Set(number, Kind::kInMemory, Scaled(reader_.Signed()));
        return true;
      case kGnuNegativeOffset:
        Set(number, Kind::kInMemory, Scaled(-reader_.Unsigned()));
        return true;
      case kValueOffset:
        Set(number, Kind::kIsValue, Scaled(reader_.Unsigned()));
        return true;
      case kValueOffsetSigned:
        Set(number, Kind::kIsValue, Scaled(reader_.Signed()));
        return true;
      case kRegister:
        Set(number, Kind::kInRegister,
            static_cast<int64_t>(reader_.Unsigned()));
        return true;
      case kUndefined:
        Set(number, Kind::kUndefined, 0);
        return true;
      case kSameValue:
        Set(number, Kind::kSame, 0);
        return true;
      case kRestoreExtended:
        Restore(number);
        return true;
      case kExpression:
        Set(number, Kind::kInMemoryExpression, 0, reader_.Block());
        return true;
      case kValueExpression:
        Set(number, Kind::kIsExpression, 0, reader_.Block());
        return true;
      default:
        return false;
    }
  }

  void Advance(uint64_t distance) {
    location_ += distance * description_.code_alignment;
  }

  // Signed overflow, which a broken program may cause, is undefined.
  int64_t Scaled(uint64_t number) const {
    return static_cast<int64_t>(
        number * static_cast<uint64_t>(description_.data_alignment));
  }

  // Registers that nobody asks about (the vector ones) are passed over.
  void Set(uint64_t number, Kind kind, int64_t value,
           ByteRange expression = {}) {
    if (number >= Registers::kCount) return;
    rules_.registers[number] = {kind, value, expression};
  }

  void Restore(uint64_t number) {
    if (number >= Registers::kCount) return;
    rules_.registers[number] = initial_.registers[number];
  }

  const FrameDescription& description_;
  const uintptr_t address_;
  ByteReader reader_;
  // The common program's instructions hold everywhere.
  uintptr_t location_ = 0;
  UnwindRules rules_;
  UnwindRules initial_;
  std::vector<UnwindRules> remembered_;
};

}  // namespace

std::optional<UnwindRules> RulesAt(const FrameDescription& description,
                                   uintptr_t address) {
  return Interpreter(description, address).Run();
}

}  // namespace leaktrap::internal
