#include "leaktrap/stack/frame_expression.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"

namespace leaktrap::internal {
namespace {

constexpr uintptr_t kStack = 0x1000;

class FrameExpressionTest : public testing::Test {
 protected:
  FrameExpressionTest() {
    registers_.Set(Registers::kStackPointer, kStack);
    registers_.Set(Registers::kInstruction, 0x40002b);
  }

  std::optional<uint64_t> Value(const std::vector<uint8_t>& bytes,
                                std::optional<uint64_t> start = {}) {
    const GuardedBytes guarded(bytes.data(), bytes.size());
    return EvaluateExpression(guarded.range(), registers_, stack_, start);
  }

  // Words 100, 101, ...
  static std::vector<char> Words() {
    std::vector<char> bytes(64);
    for (uint64_t i = 0; i < 8; ++i) {
      const uint64_t word = 100 + i;
      memcpy(bytes.data() + 8 * i, &word, 8);
    }
    return bytes;
  }

  Registers registers_;
  StackCopy stack_{kStack, Words(), true};
};

// What linkers write for their stubs: the stack pointer plus 8, or plus 16 in
// the second half of a stub.
TEST_F(FrameExpressionTest, OfAStub) {
  const std::vector<uint8_t> stub = {0x77, 8,    0x80, 0,    0x3f, 0x1a,
                                     0x3b, 0x2a, 0x33, 0x24, 0x22};
  EXPECT_EQ(Value(stub), kStack + 16);
  registers_.Set(Registers::kInstruction, 0x40002a);
  EXPECT_EQ(Value(stub), kStack + 8);
}

// What the C library writes for a signal's frame.
TEST_F(FrameExpressionTest, WordsOfTheStack) {
  EXPECT_EQ(Value({0x77, 24, 0x06}), 103);
  EXPECT_EQ(Value({0x77, 0x38, 0x06}), 107);
  EXPECT_FALSE(Value({0x77, 0x39, 0x06})) << "outside";
}

TEST_F(FrameExpressionTest, Arithmetic) {
  EXPECT_EQ(Value({0x09, 0xff}), UINT64_MAX);
  EXPECT_EQ(Value({0x0a, 0x34, 0x12}), 0x1234);
  EXPECT_EQ(Value({0x35, 0x33, 0x1c}), 2);
  EXPECT_EQ(Value({0x35, 0x33, 0x1e}), 15);
  EXPECT_EQ(Value({0x35, 0x23, 0x7f}), 132);
  EXPECT_EQ(Value({0x35, 0x12, 0x22}), 10);
  EXPECT_EQ(Value({0x35, 0x36, 0x13}), 5);
  EXPECT_EQ(Value({0x11, 0x7f, 0x30, 0x2d}), 1) << "less, with signs";
  EXPECT_EQ(Value({0x38}, 5), 8);
  EXPECT_EQ(Value({0x38, 0x1c}, 5), UINT64_MAX - 2) << "from the start";
}

TEST_F(FrameExpressionTest, NothingOfNonsense) {
  EXPECT_FALSE(Value({}));
  EXPECT_FALSE(Value({0x22})) << "nothing to add";
  EXPECT_FALSE(Value({0x31, 0x22})) << "only one to add";
  EXPECT_FALSE(Value({0x31, 0x13})) << "nothing is left";
  EXPECT_FALSE(Value({0x76, 0})) << "an unknown register";
  EXPECT_FALSE(Value({0x31, 0x2f, 0xfd, 0xff})) << "a jump back";
  EXPECT_FALSE(Value({0x0e, 1})) << "cut";
  EXPECT_FALSE(Value({0xff}));
}

TEST_F(FrameExpressionTest, EndsWithRandomBytes) {
  std::mt19937 random(3);
  int values = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> bytes(random() % 12);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    if (Value(bytes, 1)) ++values;
  }
  EXPECT_GT(values, 0);
}

}  // namespace
}  // namespace leaktrap::internal
