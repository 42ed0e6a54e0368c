#include "leaktrap/stack/call_frame_info.h"

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/registers.h"

namespace leaktrap::internal {
namespace {

using Kind = RegisterRule::Kind;
using Bytes = std::vector<uint8_t>;

constexpr uintptr_t kFunction = 0x5000;

ByteRange RangeOf(const Bytes& bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  return {begin, begin + bytes.size()};
}

// CFA is the stack pointer plus 8, the return address is below it.
const Bytes& Common() {
  static const Bytes* const bytes = new Bytes{0x0c, 7, 8, 0x90, 1};
  return *bytes;
}

std::optional<UnwindRules> Rules(const Bytes& program, uintptr_t offset) {
  const GuardedBytes guarded(program.data(), program.size());
  FrameDescription description;
  description.function = {kFunction, kFunction + 0x1000000};
  description.common_program = RangeOf(Common());
  description.program = guarded.range();
  description.code_alignment = 1;
  description.data_alignment = -8;
  description.return_address = Registers::kInstruction;
  return RulesAt(description, kFunction + offset);
}

int64_t CfaOffset(const Bytes& program, uintptr_t offset) {
  const auto rules = Rules(program, offset);
  return rules ? rules->cfa_offset : -1;
}

TEST(CallFrameInfoTest, CommonRulesHoldFirst) {
  const auto rules = Rules({}, 0);
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->cfa_register, Registers::kStackPointer);
  EXPECT_EQ(rules->cfa_offset, 8);
  const RegisterRule& rule = rules->registers[Registers::kInstruction];
  EXPECT_EQ(rule.kind, Kind::kInMemory);
  EXPECT_EQ(rule.number, -8);
  EXPECT_EQ(rules->registers[Registers::kRbx].kind, Kind::kUnsaid);
}

TEST(CallFrameInfoTest, RulesHoldFromTheirInstructionOn) {
  // push %rbp; mov %rsp, %rbp.
  const Bytes program{0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6};
  EXPECT_EQ(CfaOffset(program, 0), 8);
  EXPECT_EQ(CfaOffset(program, 1), 16);
  EXPECT_EQ(Rules(program, 3)->cfa_register, Registers::kStackPointer);
  EXPECT_EQ(Rules(program, 4)->cfa_register, Registers::kFramePointer);
  EXPECT_EQ(Rules(program, 4)->registers[6].number, -16);
}

TEST(CallFrameInfoTest, AdvancesByAnyNumber) {
  const Bytes program{0x02, 200,  0x0e, 1,    0x03, 0x10, 0x27, 0x0e,
                      2,    0x04, 0x40, 0x42, 0x0f, 0,    0x0e, 3};
  EXPECT_EQ(CfaOffset(program, 199), 8);
  EXPECT_EQ(CfaOffset(program, 200), 1);
  EXPECT_EQ(CfaOffset(program, 10199), 1);
  EXPECT_EQ(CfaOffset(program, 10200), 2);
  EXPECT_EQ(CfaOffset(program, 1010200), 3);
}

// Of a return in the middle of a function: what follows it goes on with what
// was before, the CFA too.
TEST(CallFrameInfoTest, RemembersAndRestores) {
  const Bytes program{0x0e, 32,   0x83, 4,    0x0a, 0x44, 0x0e, 8,
                      0xc3, 0x0a, 0x41, 0x0e, 64,   0x0b, 0x42, 0x0b};
  EXPECT_EQ(CfaOffset(program, 0), 32);
  EXPECT_EQ(Rules(program, 0)->registers[3].kind, Kind::kInMemory);
  EXPECT_EQ(CfaOffset(program, 4), 8);
  EXPECT_EQ(Rules(program, 4)->registers[3].kind, Kind::kUnsaid);
  EXPECT_EQ(CfaOffset(program, 5), 8) << "the inner one";
  EXPECT_EQ(CfaOffset(program, 7), 32) << "the outer one";
  EXPECT_EQ(Rules(program, 7)->registers[3].kind, Kind::kInMemory);
}

TEST(CallFrameInfoTest, RestoresTheCommonRule) {
  const Bytes program{0x90, 5, 0x41, 0xd0, 0x41, 0x05, 16, 6, 0x41, 0x06, 16};
  EXPECT_EQ(Rules(program, 0)->registers[16].number, -40);
  EXPECT_EQ(Rules(program, 1)->registers[16].number, -8);
  EXPECT_EQ(Rules(program, 2)->registers[16].number, -48);
  EXPECT_EQ(Rules(program, 3)->registers[16].number, -8);
}

TEST(CallFrameInfoTest, AllKindsOfRules) {
  const Bytes program{0x07, 16,   0x08, 3, 0x09, 6,    12,   0x11, 12,
                      0x7e, 0x14, 13,   2, 0x15, 14,   0x7e, 0x10, 15,
                      1,    0x9c, 0x16, 0, 1,    0x9c, 0x2f, 1,    2,
                      0x2e, 16,   0x83, 1, 0x05, 40,   1};
  const auto rules = Rules(program, 0);
  ASSERT_TRUE(rules);
  const auto& registers = rules->registers;
  EXPECT_EQ(registers[16].kind, Kind::kUndefined);
  EXPECT_EQ(registers[6].kind, Kind::kInRegister);
  EXPECT_EQ(registers[6].number, 12);
  EXPECT_EQ(registers[12].kind, Kind::kInMemory);
  EXPECT_EQ(registers[12].number, 16);
  EXPECT_EQ(registers[13].kind, Kind::kIsValue);
  EXPECT_EQ(registers[13].number, -16);
  EXPECT_EQ(registers[14].number, 16);
  EXPECT_EQ(registers[15].kind, Kind::kInMemoryExpression);
  EXPECT_EQ(registers[0].kind, Kind::kIsExpression);
  EXPECT_EQ(registers[0].expression.end - registers[0].expression.begin, 1);
  EXPECT_EQ(registers[1].kind, Kind::kInMemory);
  EXPECT_EQ(registers[1].number, 16);
  EXPECT_EQ(registers[3].kind, Kind::kInMemory) << "said later";
}

TEST(CallFrameInfoTest, CfaMayBeComputed) {
  const Bytes program{0x0f, 2, 0x77, 8, 0x41, 0x12, 6, 0x7e, 0x41, 0x13, 0x7c};
  EXPECT_FALSE(Rules(program, 0)->cfa_expression.empty());
  const auto after = Rules(program, 1);
  EXPECT_TRUE(after->cfa_expression.empty());
  EXPECT_EQ(after->cfa_register, 6);
  EXPECT_EQ(after->cfa_offset, 16);
  EXPECT_EQ(CfaOffset(program, 2), 32);
}

TEST(CallFrameInfoTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(Rules({0x3f, 1}, 0));
  EXPECT_FALSE(Rules({0x2d}, 0));
  EXPECT_FALSE(Rules({0x0b}, 0)) << "nothing to restore";
  EXPECT_FALSE(Rules({0x0c, 7}, 0)) << "cut";
  EXPECT_FALSE(Rules({0x0f, 9, 0x77}, 0)) << "a block that is cut";
  EXPECT_FALSE(Rules({0x04, 1, 2}, 0));
  EXPECT_FALSE(Rules(Bytes(100000, 0x0a), 0)) << "remembers too much";
}

TEST(CallFrameInfoTest, EndsWithRandomBytes) {
  std::mt19937 random(4);
  int understood = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes program(random() % 24);
    for (uint8_t& byte : program) byte = static_cast<uint8_t>(random());
    if (Rules(program, random() % 100)) ++understood;
  }
  EXPECT_GT(understood, 0);
}

}  // namespace
}  // namespace leaktrap::internal
