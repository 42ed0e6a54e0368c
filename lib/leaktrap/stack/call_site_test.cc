#include "leaktrap/stack/call_site.h"

#if defined(__x86_64__)

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {
namespace {

uintptr_t AddressOf(const void* address) {
  return reinterpret_cast<uintptr_t>(address);
}

// Code made of bytes, with room around it.
class MadeUpCode {
 public:
  explicit MadeUpCode(const std::vector<uint8_t>& bytes) : bytes_(64, 0x90) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + 16);
    end_ = AddressOf(bytes_.data()) + 16 + bytes.size();
    const ByteRange range{AddressOf(bytes_.data()),
                          AddressOf(bytes_.data()) + bytes_.size()};
    code_.Add({{range}, {}}, {range});
  }

  const LoadedCode& code() const { return code_; }
  // The address after the bytes.
  uintptr_t end() const { return end_; }

  std::optional<Call> Before() const { return CallBefore(code_, end_); }

 private:
  std::vector<uint8_t> bytes_;
  uintptr_t end_ = 0;
  LoadedCode code_;
};

TEST(CallSiteTest, DirectCall) {
  const MadeUpCode made({0xe8, 0xf0, 0xff, 0xff, 0xff});
  ASSERT_TRUE(made.Before());
  EXPECT_EQ(made.Before()->target, made.end() - 16);
}

TEST(CallSiteTest, DirectCallOfNoCodeIsNone) {
  EXPECT_FALSE(MadeUpCode({0xe8, 0, 0, 0, 0x10}).Before());
}

TEST(CallSiteTest, AllFormsOfIndirectCalls) {
  const std::vector<std::vector<uint8_t>> calls = {
      {0xff, 0xd0},                                // *%rax
      {0x41, 0xff, 0xd4},                          // *%r12
      {0xff, 0x10},                                // *(%rax)
      {0xff, 0x14, 0x24},                          // *(%rsp)
      {0xff, 0x50, 0x08},                          // *8(%rax)
      {0xff, 0x54, 0x24, 0x08},                    // *8(%rsp)
      {0xff, 0x90, 0x00, 0x01, 0x00, 0x00},        // *0x100(%rax)
      {0xff, 0x94, 0x24, 0x00, 0x01, 0x00, 0x00},  // *0x100(%rsp)
      {0xff, 0x14, 0xc5, 0x00, 0x01, 0x00, 0x00},  // *0x100(,%rax,8)
  };
  for (const auto& bytes : calls) {
    const std::optional<Call> call = MadeUpCode(bytes).Before();
    ASSERT_TRUE(call) << testing::PrintToString(bytes);
    EXPECT_EQ(call->target, 0) << testing::PrintToString(bytes);
  }
}

TEST(CallSiteTest, OtherInstructionsAreNone) {
  const std::vector<std::vector<uint8_t>> others = {
      {0x90},
      {0xff, 0xe0},              // jmp *%rax
      {0xff, 0x60, 0x08},        // jmp *8(%rax)
      {0xff, 0x50},              // cut
      {0xff, 0x54, 0x24},        // cut
      {0xe9, 0, 0, 0, 0},        // jmp
      {0xff, 0x75, 0xf8},        // push -8(%rbp)
      {0x0f, 0x84, 0, 0, 0, 0},  // je
  };
  for (const auto& bytes : others) {
    EXPECT_FALSE(MadeUpCode(bytes).Before()) << testing::PrintToString(bytes);
  }
}

TEST(CallSiteTest, EdgesOfCode) {
  const MadeUpCode made({0xff, 0xd0});
  const uintptr_t begin = made.end() - 18;
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(CallBefore(made.code(), begin + i)) << i;
  }
  EXPECT_FALSE(CallBefore(made.code(), begin + 64 + 1));
  EXPECT_FALSE(CallBefore(made.code(), 0));
  EXPECT_FALSE(CallBefore(made.code(), 3));
  EXPECT_FALSE(CallBefore(made.code(), UINTPTR_MAX));
}

uintptr_t return_address = 0;

extern "C" __attribute__((noinline)) void CalledFunction() {
  return_address = AddressOf(__builtin_return_address(0));
}

__attribute__((noinline)) void CallDirectly() {
  CalledFunction();
  asm volatile("" ::: "memory");
}

void (*volatile called_by_pointer[2])() = {nullptr, CalledFunction};

// By a place in a table, so that the call itself does not say where it leads.
__attribute__((noinline)) void CallByPointer(volatile int place) {
  called_by_pointer[place]();
  asm volatile("" ::: "memory");
}

TEST(CallSiteTest, CompiledCalls) {
  CallDirectly();
  WithLoadedCode([](const LoadedCode& code) {
    const auto call = CallBefore(code, return_address);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->target, AddressOf(reinterpret_cast<void*>(CalledFunction)));
  });
  CallByPointer(1);
  WithLoadedCode([](const LoadedCode& code) {
    const auto call = CallBefore(code, return_address);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->target, 0);
  });
}

// Compilers make such jumps only where they optimize.
asm(R"(
  .pushsection .text
  .type JumpsFarForTest, @function
JumpsFarForTest:
  .cfi_startproc
  nop
  .byte 0xe9
  .long JumpTargetForTest - . - 4
  .cfi_endproc
  .size JumpsFarForTest, . - JumpsFarForTest
  .type JumpsNearForTest, @function
JumpsNearForTest:
  .cfi_startproc
  nop
  .byte 0xeb
  .byte JumpTargetForTest - . - 1
  .cfi_endproc
  .size JumpsNearForTest, . - JumpsNearForTest
  .skip 64, 0x90
  .type JumpTargetForTest, @function
JumpTargetForTest:
  .cfi_startproc
  ret
  .cfi_endproc
  .size JumpTargetForTest, . - JumpTargetForTest
  .popsection
)");
extern "C" const char JumpsFarForTest, JumpsNearForTest, JumpTargetForTest;

TEST(CallSiteTest, JumpsAsTheLastAct) {
  WithLoadedCode([](const LoadedCode& code) {
    const uintptr_t target = AddressOf(&JumpTargetForTest);
    for (const char* const function : {&JumpsFarForTest, &JumpsNearForTest}) {
      const uintptr_t from = AddressOf(function);
      EXPECT_TRUE(JumpsInto(code, from, {target, target + 1}));
      EXPECT_TRUE(JumpsInto(code, from, {target - 4, target + 8}));
      EXPECT_FALSE(JumpsInto(code, from, {target + 1, target + 8}));
      EXPECT_FALSE(JumpsInto(code, from, {}));
      EXPECT_FALSE(JumpsInto(code, from + 1, {target, target + 1}));
    }
    EXPECT_FALSE(JumpsInto(code, 0, {target, target + 1}));
  });
}

TEST(CallSiteTest, RandomCodeIsHarmless) {
  std::mt19937 random(5);
  int calls = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<uint8_t> bytes(8);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    bytes[random() % 8] = 0xff;
    bytes[3] = random() % 2 != 0 ? 0xe8 : 0xff;
    if (MadeUpCode(bytes).Before()) ++calls;
  }
  EXPECT_GT(calls, 0);
}

}  // namespace
}  // namespace leaktrap::internal

#endif
