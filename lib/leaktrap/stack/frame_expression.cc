#include "leaktrap/stack/frame_expression.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"

namespace leaktrap::internal {
namespace {

// DW_OP_*.
enum Operation : uint8_t {
  kDereference = 0x06,
  kConstant1Unsigned = 0x08,
  kConstant1Signed = 0x09,
  kConstant2Unsigned = 0x0a,
  kConstant2Signed = 0x0b,
  kConstant4Unsigned = 0x0c,
  kConstant4Signed = 0x0d,
  kConstant8Unsigned = 0x0e,
  kConstant8Signed = 0x0f,
  kConstantUnsigned = 0x10,
  kConstantSigned = 0x11,
  kDuplicate = 0x12,
  kDrop = 0x13,
  kAnd = 0x1a,
  kMinus = 0x1c,
  kMultiply = 0x1e,
  kOr = 0x21,
  kPlus = 0x22,
  kPlusConstant = 0x23,
  kShiftLeft = 0x24,
  kShiftRight = 0x25,
  kXor = 0x27,
  kEqual = 0x29,
  kAtLeast = 0x2a,
  kGreater = 0x2b,
  kAtMost = 0x2c,
  kLess = 0x2d,
  kNotEqual = 0x2e,
  kLiteral0 = 0x30,
  kLiteral31 = 0x4f,
  kRegister0 = 0x70,
  kRegister31 = 0x8f,
  kNothing = 0x96,
};

std::optional<uint64_t> Constant(uint8_t operation, ByteReader* reader) {
  if (kLiteral0 <= operation && operation <= kLiteral31) {
    return operation - kLiteral0;
  }
  switch (operation) {
    case kConstant1Unsigned:
      return reader->Byte();
    case kConstant1Signed:
      return reader->Fixed<int8_t>();
    case kConstant2Unsigned:
      return reader->Fixed<uint16_t>();
    case kConstant2Signed:
      return reader->Fixed<int16_t>();
    case kConstant4Unsigned:
      return reader->Fixed<uint32_t>();
    case kConstant4Signed:
      return reader->Fixed<int32_t>();
    case kConstant8Unsigned:
    case kConstant8Signed:
      return reader->Fixed<uint64_t>();
    case kConstantUnsigned:
      return reader->Unsigned();
    case kConstantSigned:
      return reader->Signed();
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> Combine(uint8_t operation, uint64_t left,
                                uint64_t right) {
  const auto signed_left = static_cast<int64_t>(left);
  const auto signed_right = static_cast<int64_t>(right);
  switch (operation) {
    case kAnd:
      return left & right;
    case kMinus:
      return left - right;
    case kMultiply:
      return left * right;
    case kOr:
      return left | right;
    case kPlus:
      return left + right;
    case kShiftLeft:
      return right < 64 ? left << right : 0;
    case kShiftRight:
      return right < 64 ? left >> right : 0;
    case kXor:
      return left ^ right;
    case kEqual:
      return left == right;
    case kAtLeast:
      return signed_left >= signed_right;
    case kGreater:
      return signed_left > signed_right;
    case kAtMost:
      return signed_left <= signed_right;
    case kLess:
      return signed_left < signed_right;
    case kNotEqual:
      return left != right;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<uint64_t> EvaluateExpression(ByteRange expression,
                                           const Registers& registers,
                                           const StackCopy& stack,
                                           std::optional<uint64_t> start) {
  std::vector<uint64_t> numbers;
  if (start) numbers.push_back(*start);
  auto pop = [&numbers] {
    const uint64_t number = numbers.back();
    numbers.pop_back();
    return number;
  };
  for (ByteReader reader(expression); !reader.AtEnd();) {
    const uint8_t operation = reader.Byte();
    if (operation == kNothing) continue;
    if (const auto constant = Constant(operation, &reader)) {
      numbers.push_back(*constant);
    } else if (kRegister0 <= operation && operation <= kRegister31) {
      const int64_t offset = reader.Signed();
      uint64_t value = 0;
      if (!registers.Get(operation - kRegister0, &value)) return std::nullopt;
      numbers.push_back(value + offset);
    } else if (numbers.empty()) {
      return std::nullopt;
    } else if (operation == kDereference) {
      if (!stack.Read(numbers.back(), &numbers.back())) return std::nullopt;
    } else if (operation == kPlusConstant) {
      numbers.back() += reader.Unsigned();
    } else if (operation == kDuplicate) {
      numbers.push_back(numbers.back());
    } else if (operation == kDrop) {
      numbers.pop_back();
    } else if (numbers.size() < 2) {
      return std::nullopt;
    } else {
      const uint64_t right = pop();
      const auto value = Combine(operation, pop(), right);
      if (!value) return std::nullopt;
      numbers.push_back(*value);
    }
    if (!reader.ok()) return std::nullopt;
  }
  if (numbers.empty()) return std::nullopt;
  return numbers.back();
}

}  // namespace leaktrap::internal
