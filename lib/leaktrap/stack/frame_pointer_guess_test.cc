#include "leaktrap/stack/frame_pointer_guess.h"

#if defined(__x86_64__)

#include <alloca.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"
#include "leaktrap/stack/frame_size.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"
#include "leaktrap/stack/task_syscall.h"
#include "leaktrap/stack/unwinder.h"

namespace leaktrap::internal {
namespace {

int ends[2];

// What its frame takes, and what it pushes as arguments of a call.
constexpr uintptr_t kRoom = 0x50;
constexpr uintptr_t kPushed = 0x10;

// Waits with arguments on the stack.
asm(".pushsection .text\n"
    ".type FramePointerGuessTestWaitWithPushed, @function\n"
    "FramePointerGuessTestWaitWithPushed:\n"
    ".cfi_startproc\n"
    "push %rbp\n"
    ".cfi_def_cfa_offset 16\n"
    ".cfi_offset 6, -16\n"
    "mov %rsp, %rbp\n"
    ".cfi_def_cfa_register 6\n"
    "sub $0x50, %rsp\n"
    "push $0\n"
    "push $0\n"
    "lea -1(%rbp), %rsi\n"
    "call FramePointerGuessTestRead\n"
    "leave\n"
    ".cfi_def_cfa 7, 8\n"
    "ret\n"
    ".cfi_endproc\n"
    ".size FramePointerGuessTestWaitWithPushed, "
    ". - FramePointerGuessTestWaitWithPushed\n"
    ".type FramePointerGuessTestRead, @function\n"
    "FramePointerGuessTestRead:\n"
    ".cfi_startproc\n"
    "mov $1, %edx\n"
    "xor %eax, %eax\n"  // read(2)
    "syscall\n"
    "ret\n"
    ".cfi_endproc\n"
    ".size FramePointerGuessTestRead, . - FramePointerGuessTestRead\n"
    ".popsection\n");
extern "C" void FramePointerGuessTestWaitWithPushed(int from);

struct alignas(64) Aligned {
  volatile char room[64];
};

// Makes the system call itself, so that its frame is the innermost one and
// nobody has saved the frame pointer. Aligning leaves a gap in the frame.
__attribute__((noinline)) void WaitAligned(int from) {
  Aligned room;
  room.room[0] = 1;
  char byte;
  long result = SYS_read;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(from), "S"(&byte), "d"(1)
               : "rcx", "r11", "memory");
  (void)room.room[0];
}

void (*volatile wait)(int from) = WaitAligned;

__attribute__((noinline)) void Caller(size_t more) {
  char* const room = static_cast<char*>(alloca(16 + more));
  asm volatile("" ::"r"(room) : "memory");
  wait(ends[0]);
  asm volatile("" ::"r"(room) : "memory");
}

uintptr_t after_another = 0;

__attribute__((noinline)) void Another() {
  after_another = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
}

__attribute__((noinline)) void CallAnother() {
  Another();
  LEAKTRAP_NOT_LAST;
}

// A thread in WaitAligned(), and what is known of it.
class FramePointerGuessTest : public testing::Test {
 protected:
  void SetUp() override {
    // Until the gap has room for a left-over frame.
    for (size_t more = 0; more < 64; more += 16) {
      if (!Wait(more)) return;
      if (place_ >= lowest_ + size_.least + 32) return;
      End();
    }
    GTEST_SKIP() << "this compiler leaves no gap";
  }

  void TearDown() override {
    if (thread_.joinable()) End();
  }

  void End() {
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    thread_.join();
    close(ends[0]);
    close(ends[1]);
  }

  bool Wait(size_t more) {
    EXPECT_EQ(pipe(ends), 0);
    std::atomic<int> tid{0};
    thread_ = std::thread([&tid, more] {
      tid = OwnTidForTest();
      Caller(more);
    });
    while (tid == 0) std::this_thread::yield();
    std::string text;
    std::optional<TaskSyscall> task;
    do {
      std::this_thread::yield();
      ReadFileForTest(
          ("/proc/self/task/" + std::to_string(tid) + "/syscall").c_str(),
          &text);
      task = ParseTaskSyscall(text);
    } while (!task || task->is_running || task->number != SYS_read);
    std::string why_not;
    const auto copy = CopyStack(task->stack_pointer, 0, 1 << 20, &why_not);
    EXPECT_TRUE(copy) << why_not;
    begin_ = task->stack_pointer;
    bytes_.resize(copy->size() / 8);
    for (size_t i = 0; i < bytes_.size(); ++i) {
      copy->Read(begin_ + 8 * i, &bytes_[i]);
    }
    UnwindState state;
    state.registers.Set(Registers::kStackPointer, task->stack_pointer);
    state.registers.Set(Registers::kInstruction, task->instruction);
    WithLoadedCode([&](const LoadedCode& code) {
      stopped_ = Unwind(code, *copy, state, 100);
      size_ = FrameSizeAt(code, task->instruction).value_or(FrameSize{});
    });
    if (stopped_.end != UnwindEnd::kUnknownRegister) {
      ADD_FAILURE() << "its frame does not hang on the frame pointer";
      return false;
    }
    lowest_ = stopped_.last.registers.stack_pointer();
    // The only call that fits was made by Caller().
    for (place_ = (lowest_ + 15) & ~uintptr_t{15};
         FunctionOf(Word(place_ + 8)) != AddressOf(Caller); place_ += 16) {
    }
    // What is left over there by chance shall not decide.
    for (uintptr_t word = (lowest_ + size_.least + 7) & ~uintptr_t{7};
         word < place_; word += 8) {
      Word(word) = 0;
    }
    return true;
  }

  uint64_t& Word(uintptr_t address) {
    return bytes_.at((address - begin_) / 8);
  }

  std::optional<Unwound> Guess(bool is_whole = true) {
    std::vector<char> bytes(bytes_.size() * 8);
    memcpy(bytes.data(), bytes_.data(), bytes.size());
    const StackCopy stack(begin_, std::move(bytes), is_whole);
    std::optional<Unwound> guessed;
    WithLoadedCode([&](const LoadedCode& code) {
      guessed = GuessFramePointer(code, stack, stopped_, 100);
    });
    return guessed;
  }

  // Whether a guess leads to the caller, and to the end.
  bool IsRight(const std::optional<Unwound>& guess) const {
    const size_t caller = stopped_.addresses.size();
    return guess && guess->end == UnwindEnd::kRoot &&
           guess->addresses.size() > caller + 1 &&
           FunctionOf(guess->addresses[caller]) == AddressOf(Caller);
  }

  std::thread thread_;
  uintptr_t begin_ = 0;
  std::vector<uint64_t> bytes_;
  Unwound stopped_;
  uintptr_t lowest_ = 0;
  FrameSize size_;
  // Where the function's frame pointer points.
  uintptr_t place_ = 0;
};

TEST_F(FramePointerGuessTest, FindsTheFrame) {
  const auto guess = Guess();
  ASSERT_TRUE(IsRight(guess));
  EXPECT_EQ(guess->addresses.size(), guess->functions.size());
  EXPECT_EQ(guess->addresses.front(), stopped_.addresses.front());
}

TEST_F(FramePointerGuessTest, NotInAPartOfTheStack) {
  EXPECT_FALSE(Guess(/*is_whole=*/false));
}

// A recorded stack trace, of which one address lies in the gap, and is a root.
TEST_F(FramePointerGuessTest, TheHighestRootIsTheThreads) {
  const uintptr_t root = Guess()->addresses.back();
  Word(place_ - 16 + 8) = root;
  EXPECT_TRUE(IsRight(Guess()));
  Word(place_ - 32 + 8) = root;
  EXPECT_TRUE(IsRight(Guess()));
}

// A left-over frame of the same call, which leads where the thread's own does.
TEST_F(FramePointerGuessTest, NoneOfTwoThatFit) {
  for (const int word : {0, 8}) Word(place_ - 32 + word) = Word(place_ + word);
  EXPECT_FALSE(Guess());
}

// One that leads there by a call that is none of its function's.
TEST_F(FramePointerGuessTest, TheLessStrangeOfTwo) {
  CallAnother();
  Word(place_ - 32) = Word(place_);
  Word(place_ - 32 + 8) = after_another;
  EXPECT_TRUE(IsRight(Guess()));
}

// The same in room that the function has taken and not used, where the
// arguments that it pushed have moved that to the right distance.
class PushedArgumentsTest : public FramePointerGuessTest {
 protected:
  void SetUp() override {
    wait = FramePointerGuessTestWaitWithPushed;
    ASSERT_TRUE(Wait(0));
    ASSERT_EQ(place_ - lowest_, kRoom + kPushed);
  }
  void TearDown() override {
    FramePointerGuessTest::TearDown();
    wait = WaitAligned;
  }
};

TEST_F(PushedArgumentsTest, AreBelowTheFrame) { EXPECT_TRUE(IsRight(Guess())); }

TEST_F(PushedArgumentsTest, AStrangeOneBelowIsPassedOver) {
  CallAnother();
  Word(lowest_ + kRoom) = place_;
  Word(lowest_ + kRoom + 8) = after_another;
  EXPECT_TRUE(IsRight(Guess()));
}

TEST_F(FramePointerGuessTest, NoneThatDoesNotLeadToTheRoot) {
  // The caller's frame pointer leads nowhere.
  Word(place_) = 16;
  EXPECT_FALSE(Guess());
}

}  // namespace
}  // namespace leaktrap::internal

#endif
