// The registers of a frame, as far as they are known.

#ifndef LEAKTRAP_STACK_REGISTERS_H_
#define LEAKTRAP_STACK_REGISTERS_H_

#include <array>
#include <cstdint>

namespace leaktrap::internal {

// By the numbers that call frame information gives them on x86-64.
class Registers {
 public:
  static constexpr uint64_t kRbx = 3;
  static constexpr uint64_t kFramePointer = 6;
  static constexpr uint64_t kStackPointer = 7;
  static constexpr uint64_t kR12 = 12;
  static constexpr uint64_t kR15 = 15;
  static constexpr uint64_t kInstruction = 16;
  static constexpr uint64_t kCount = 17;

  // Whether a function must leave the register as it found it.
  static constexpr bool IsPreserved(uint64_t number) {
    return number == kRbx || number == kFramePointer ||
           number == kStackPointer || (kR12 <= number && number <= kR15);
  }

  // False for an unknown one.
  bool Get(uint64_t number, uint64_t* value) const {
    if (number >= kCount || (known_ >> number & 1) == 0) return false;
    *value = values_[number];
    return true;
  }
  void Set(uint64_t number, uint64_t value) {
    if (number >= kCount) return;
    values_[number] = value;
    known_ |= uint32_t{1} << number;
  }

  // 0 if unknown.
  uint64_t stack_pointer() const { return values_[kStackPointer]; }
  uint64_t instruction() const { return values_[kInstruction]; }

 private:
  std::array<uint64_t, kCount> values_{};
  uint32_t known_ = 0;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_REGISTERS_H_
