#include "leaktrap/probe/look_error.h"

#include <cerrno>

#include "gtest/gtest.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap::internal {
namespace {

TEST(LookErrorTest, SaysWhatWhereWhyAndWhatToDo) {
  EXPECT_EQ(LookError("list", "/proc/self/task", ENOENT, Kind::kThread),
            "cannot list /proc/self/task: No such file or directory; Leaktrap "
            "needs /proc mounted, or set LEAKTRAP_MODE=threads:off");
}

TEST(LookErrorTest, AdviceFitsTheError) {
  EXPECT_EQ(LookError("read", "/x", EMFILE, Kind::kDescriptor),
            "cannot read /x: Too many open files; the process has no "
            "descriptor left to look with: raise its limit (RLIMIT_NOFILE), or "
            "set LEAKTRAP_MODE=descriptors:off");
  EXPECT_NE(LookError("read", "/x", EACCES, Kind::kThread),
            LookError("read", "/x", ENFILE, Kind::kThread));
}

}  // namespace
}  // namespace leaktrap::internal
