#include "leaktrap/stack/task_syscall.h"

#include <sys/syscall.h>

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/syscall_name.h"

namespace leaktrap::internal {
namespace {

TEST(TaskSyscallTest, InASystemCall) {
  const auto task = ParseTaskSyscall(
      "202 0x7f10 0x189 0x0 0x1 0x2 0xffffffff 0x7ffc12345678 0x7f1122\n");
  ASSERT_TRUE(task);
  EXPECT_FALSE(task->is_running);
  EXPECT_EQ(task->number, 202);
  EXPECT_THAT(task->arguments,
              testing::ElementsAre(0x7f10, 0x189, 0, 1, 2, 0xffffffff));
  EXPECT_EQ(task->stack_pointer, 0x7ffc12345678);
  EXPECT_EQ(task->instruction, 0x7f1122);
}

TEST(TaskSyscallTest, InNone) {
  const auto task = ParseTaskSyscall("-1 0x7ffc12345678 0x7f1122\n");
  ASSERT_TRUE(task);
  EXPECT_FALSE(task->is_running);
  EXPECT_LT(task->number, 0);
  EXPECT_EQ(task->stack_pointer, 0x7ffc12345678);
  EXPECT_EQ(task->instruction, 0x7f1122);
}

TEST(TaskSyscallTest, Running) {
  const auto task = ParseTaskSyscall("running\n");
  ASSERT_TRUE(task);
  EXPECT_TRUE(task->is_running);
}

TEST(TaskSyscallTest, NothingElse) {
  for (const char* text :
       {"", "\n", "Running", "running 1", "-1", "-1 0x1", "-1 0x1 0x2 0x3",
        "1 0x1 0x2", "x 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
        "1 0x1 0x2 0x3 0x4 0x5 0x6 0x7", "1 0x1 0x2 0x3 0x4 0x5 0x6 0x7 y",
        "1 0x1 0x2 0x3 0x4 0x5 z 0x7 0x8",
        "1 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8 0x9",
        "1 0x1 0x2 0x3 0x4 0x5 0x6 0x12345678123456781 0x8"}) {
    EXPECT_FALSE(ParseTaskSyscall(text)) << '"' << text << '"';
  }
}

TEST(SyscallNameTest, OfTheMachinesNumbers) {
  EXPECT_EQ(SyscallName(SYS_futex), "futex");
  EXPECT_EQ(SyscallName(SYS_epoll_pwait), "epoll_pwait");
  EXPECT_EQ(SyscallName(SYS_recvfrom), "recvfrom");
  EXPECT_EQ(SyscallName(12345), "system call 12345");
  EXPECT_EQ(SyscallName(-1), "");
}

}  // namespace
}  // namespace leaktrap::internal
