#include "leaktrap/stack/source_path.h"

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(SourcePathTest, IsRelativeToTheWorkspace) {
  EXPECT_EQ(SourcePath("/proc/self/cwd/src/a.cc"), "src/a.cc");
  EXPECT_EQ(SourcePath("./src/a.cc"), "src/a.cc");
  EXPECT_EQ(SourcePath("src/a.cc"), "src/a.cc");
  EXPECT_EQ(SourcePath("/usr/include/stdio.h"), "/usr/include/stdio.h");
  EXPECT_EQ(SourcePath(""), "");
}

TEST(SourcePathTest, OfAHeaderUnderAnotherPath) {
  EXPECT_EQ(SourcePath("bazel-out/k8-fastbuild/bin/lib/app/pool/"
                       "_virtual_includes/pool/app/pool/lease.h"),
            "lib/app/pool/lease.h");
  EXPECT_EQ(SourcePath("/proc/self/cwd/bazel-out/k8-opt/bin/a/children/"
                       "_virtual_includes/parking/children/parking.h"),
            "a/children/parking.h");
  EXPECT_EQ(
      SourcePath("bazel-out/k8-opt/bin/app/_virtual_includes/x/app/b/c.h"),
      "app/b/c.h");
}

TEST(SourcePathTest, WhatCannotBeKnownStays) {
  for (const char* file :
       {"bazel-out/k8-opt/bin/app/_virtual_includes/x/other/c.h",
        "bazel-out/k8-opt/bin/app/_virtual_includes/x",
        "bazel-out/k8-opt/bin/app/generated.cc", "bazel-out/odd",
        "bazel-out/k8-opt/bin/my_app/_virtual_includes/x/app/c.h"}) {
    EXPECT_EQ(SourcePath(file), file);
  }
}

}  // namespace
}  // namespace leaktrap::internal
