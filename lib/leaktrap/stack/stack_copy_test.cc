#include "leaktrap/stack/stack_copy.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/left_behind_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::HasSubstr;

TEST(StackCopyTest, ReadsWhatIsAllWithin) {
  std::vector<char> bytes(24);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  const StackCopy copy(0x1000, bytes, true);
  uint64_t word = 0;
  EXPECT_TRUE(copy.Read(0x1000, &word));
  EXPECT_EQ(word, 0x0706050403020100);
  EXPECT_TRUE(copy.Read(0x1010, &word));
  EXPECT_EQ(word, 0x1716151413121110);
  EXPECT_FALSE(copy.Read(0x1011, &word));
  EXPECT_FALSE(copy.Read(0x0fff, &word));
  EXPECT_FALSE(copy.Read(0, &word));
}

// An address so near to the end of all that the word's own end is 0 or more.
TEST(StackCopyTest, DoesNotWrapAround) {
  const StackCopy low(8, std::vector<char>(64), true);
  const StackCopy none(8, {}, true);
  const StackCopy little(8, std::vector<char>(7), true);
  const StackCopy last(UINTPTR_MAX - 15, std::vector<char>(16), true);
  for (uint64_t address = UINT64_MAX; address > UINT64_MAX - 16; --address) {
    uint64_t word = 0;
    EXPECT_FALSE(low.Read(address, &word)) << address;
    EXPECT_FALSE(none.Read(address, &word)) << address;
    EXPECT_EQ(last.Read(address, &word), UINT64_MAX - address >= 7) << address;
  }
  uint64_t word = 0;
  EXPECT_FALSE(none.Read(8, &word));
  EXPECT_FALSE(little.Read(8, &word));
}

// Three pages, with nothing behind them.
class CopyStackTest : public LeavesNothingTest {
 protected:
  CopyStackTest() {
    memory_ =
        static_cast<char*>(mmap(nullptr, 4 * kPage, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(memory_, MAP_FAILED);
    EXPECT_EQ(mprotect(memory_ + 3 * kPage, kPage, PROT_NONE), 0);
    memset(memory_, 7, 3 * kPage);
  }
  ~CopyStackTest() override {
    munmap(memory_, 3 * kPage);
    munmap(memory_ + 3 * kPage, kPage);
  }

  uintptr_t begin() const { return reinterpret_cast<uintptr_t>(memory_); }

  std::optional<StackCopy> Copy(uintptr_t from, uintptr_t end, size_t most) {
    return CopyStack(from, end, most, &why_not_);
  }

  static constexpr size_t kPage = 4096;
  char* memory_;
  std::string why_not_;
};

TEST_F(CopyStackTest, AsMuchAsIsAskedFor) {
  const auto copy = Copy(begin() + 8, 0, 100);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->size(), 100);
  EXPECT_FALSE(copy->is_whole());
  uint64_t word = 0;
  EXPECT_TRUE(copy->Read(begin() + 8, &word));
  EXPECT_EQ(word, 0x0707070707070707);
}

TEST_F(CopyStackTest, UpToTheEndOfTheMapping) {
  const auto copy = Copy(begin() + 8, 0, 1 << 20);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->size(), 3 * kPage - 8);
  EXPECT_TRUE(copy->is_whole());
}

TEST_F(CopyStackTest, UpToTheKnownEnd) {
  const auto copy = Copy(begin(), begin() + 256, 1 << 20);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->size(), 256);
  EXPECT_TRUE(copy->is_whole());
  EXPECT_FALSE(Copy(begin(), begin() + 256, 255)->is_whole());
}

TEST_F(CopyStackTest, NothingWhereNothingIs) {
  EXPECT_FALSE(Copy(begin() + 3 * kPage, 0, 100));
  EXPECT_THAT(why_not_, HasSubstr("its stack cannot be read"));
  for (const uintptr_t address : {uintptr_t{8}, UINTPTR_MAX - 100}) {
    EXPECT_FALSE(Copy(address, 0, 1 << 20));
    EXPECT_THAT(why_not_, HasSubstr("cannot be")) << address;
  }
}

// As containers do. It lasts as long as the thread.
void RefuseTheCall() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, code};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST_F(CopyStackTest, ByTheFileWhereTheCallIsRefused) {
  std::thread([this] {
    RefuseTheCall();
    char byte;
    const iovec to{&byte, 1}, from{memory_, 1};
    ASSERT_EQ(process_vm_readv(getpid(), &to, 1, &from, 1, 0), -1);
    // The file shows what is protected too.
    ASSERT_EQ(munmap(memory_ + 3 * kPage, kPage), 0);
    const auto copy = Copy(begin() + 8, 0, 1 << 20);
    ASSERT_TRUE(copy) << why_not_;
    EXPECT_EQ(copy->size(), 3 * kPage - 8);
    EXPECT_TRUE(copy->is_whole());
    uint64_t word = 0;
    EXPECT_TRUE(copy->Read(begin() + 3 * kPage - 8, &word));
    EXPECT_EQ(word, 0x0707070707070707);
  }).join();
}

TEST_F(CopyStackTest, SaysThatNoDescriptorIsLeft) {
  std::thread([this] {
    RefuseTheCall();
    const NoDescriptorLeft none;
    EXPECT_FALSE(Copy(begin(), 0, 100));
  }).join();
  EXPECT_EQ(why_not_, "/proc/self/mem cannot be opened: Too many open files");
}

}  // namespace
}  // namespace leaktrap::internal
