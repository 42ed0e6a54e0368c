#include "leaktrap/stack/frame_size.h"

#if defined(__x86_64__)

#include <cstdint>
#include <optional>

#include "gtest/gtest.h"
#include "leaktrap/stack/loaded_code.h"

namespace leaktrap::internal {
namespace {

// A function that begins with `push %rbp; mov %rsp, %rbp`, as compilers write
// it, and goes on as said.
// clang-format off
#define FUNCTION(name, rest)                       \
  asm(".pushsection .text\n"                       \
      ".type " #name ", @function\n"               \
      #name ":\n"                                  \
      ".cfi_startproc\n"                           \
      "push %rbp\n"                                \
      ".cfi_def_cfa_offset 16\n"                   \
      ".cfi_offset 6, -16\n"                       \
      "mov %rsp, %rbp\n"                           \
      ".cfi_def_cfa_register 6\n"                  \
      rest "\n"                                    \
      #name "End:\n"                               \
      "nop\n"                                      \
      "leave\n"                                    \
      "ret\n"                                      \
      ".cfi_endproc\n"                             \
      ".size " #name ", . - " #name "\n"           \
      ".popsection\n");                            \
  extern "C" const char name##End
// clang-format on

FUNCTION(SizeNothing, "mov %edi, %eax");
FUNCTION(SizeShort, "sub $0x28, %rsp");
FUNCTION(SizeLong, "sub $0x400, %rsp");
FUNCTION(SizeByAdding, "add $-128, %rsp");
FUNCTION(SizeGivesBack, "add $8, %rsp");
FUNCTION(SizePages, "sub $0x1000, %rsp; orq $0, (%rsp); sub $0x18, %rsp");
FUNCTION(SizeSaved,
         "push %r12; push %rbx\n.cfi_offset 12, -24\n"
         ".cfi_offset 3, -32\nsub $0x10, %rsp");
FUNCTION(SizeSavedLater,
         "mov %edi, %eax; push %rbx\n.cfi_offset 3, -24\n"
         "sub $0x18, %rsp");
FUNCTION(SizePushedForRoom,
         "push %r14; push %rbx; push %rax\n"
         ".cfi_offset 14, -24\n.cfi_offset 3, -32");
FUNCTION(SizeSavedByMoving,
         "sub $0x50, %rsp; mov %r12, -0x20(%rbp); mov %rbx, -0x28(%rbp)\n"
         ".cfi_offset 12, -48\n.cfi_offset 3, -56");
FUNCTION(SizeSavedFarByMoving,
         "sub $0x400, %rsp; mov %r13, -0x200(%rbp)\n.cfi_offset 13, -528");
FUNCTION(SizeSavedBothWays,
         "push %r14; sub $0x48, %rsp; mov %rbx, -0x10(%rbp)\n"
         ".cfi_offset 14, -24\n.cfi_offset 3, -32");
FUNCTION(SizeAligned, "and $-64, %rsp; sub $0x80, %rsp");
FUNCTION(SizeComputed, "sub $0x10, %rsp; sub %rax, %rsp");
FUNCTION(SizeComputedByMove, "sub $0x10, %rsp; mov %r8, %rsp");

std::optional<FrameSize> SizeAt(const char& end) {
  std::optional<FrameSize> size;
  WithLoadedCode([&](const LoadedCode& code) {
    size = FrameSizeAt(code, reinterpret_cast<uintptr_t>(&end));
  });
  return size;
}

void ExpectSize(const char& end, uint64_t least, uint64_t most) {
  const std::optional<FrameSize> size = SizeAt(end);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->least, least);
  EXPECT_EQ(size->most, most);
}

TEST(FrameSizeTest, IsWhatTheFirstInstructionsTake) {
  ExpectSize(SizeNothingEnd, 0, 0);
  ExpectSize(SizeShortEnd, 0x28, 0x28);
  ExpectSize(SizeLongEnd, 0x400, 0x400);
  ExpectSize(SizeByAddingEnd, 128, 128);
  ExpectSize(SizeGivesBackEnd, 0, 0);
  ExpectSize(SizePagesEnd, 0x1018, 0x1018);
}

TEST(FrameSizeTest, CountsWhatIsPushed) {
  ExpectSize(SizeSavedEnd, 0x20, 0x20);
  ExpectSize(SizeSavedLaterEnd, 0x20, 0x20);
  ExpectSize(SizePushedForRoomEnd, 0x18, 0x18);
}

TEST(FrameSizeTest, CountsWhatIsMovedOnce) {
  ExpectSize(SizeSavedByMovingEnd, 0x50, 0x50);
  ExpectSize(SizeSavedFarByMovingEnd, 0x400, 0x400);
  ExpectSize(SizeSavedBothWaysEnd, 0x50, 0x50);
}

TEST(FrameSizeTest, IsARangeWhereItIsAligned) {
  ExpectSize(SizeAlignedEnd, 0x80, 0x80 + 63);
}

TEST(FrameSizeTest, HasNoLimitWhereItIsComputed) {
  ExpectSize(SizeComputedEnd, 0x10, UINT64_MAX);
  ExpectSize(SizeComputedByMoveEnd, 0x10, UINT64_MAX);
}

TEST(FrameSizeTest, OfNoCode) {
  const char on_the_stack = 0;
  EXPECT_FALSE(SizeAt(on_the_stack));
}

}  // namespace
}  // namespace leaktrap::internal

#endif
