#include "leaktrap/probe/kernel_object_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(KernelObjectTextTest, BothFormsOfAName) {
  EXPECT_EQ(TextOfKernelObject("anon_inode:[inotify]").name, "inotify");
  EXPECT_EQ(TextOfKernelObject("anon_inode:inotify").name, "inotify");
}

TEST(KernelObjectTextTest, PidfdsOfEveryKernel) {
  for (const char* link : {"anon_inode:[pidfd]", "pidfd:[5114]"}) {
    const DescriptorText text = TextOfKernelObject(link);
    EXPECT_EQ(text.name, "pidfd");
    EXPECT_EQ(text.likeness, "pidfds");
  }
}

TEST(KernelObjectTextTest, SortsThatTakePrivilegesToMake) {
  EXPECT_EQ(TextOfKernelObject("anon_inode:[fanotify]").name, "fanotify");
  EXPECT_EQ(TextOfKernelObject("anon_inode:[perf_event]").name, "perf_event");
  EXPECT_EQ(TextOfKernelObject("anon_inode:[userfaultfd]").name, "userfaultfd");
  EXPECT_EQ(TextOfKernelObject("anon_inode:bpf-map").name, "BPF map");
  EXPECT_EQ(TextOfKernelObject("anon_inode:bpf-prog").name, "BPF program");
  const DescriptorText ring = TextOfKernelObject("anon_inode:[io_uring]");
  EXPECT_EQ(ring.name, "io_uring");
  EXPECT_THAT(ring.release, testing::HasSubstr("io_uring_queue_exit"));
}

TEST(KernelObjectTextTest, UnknownSortsGoByTheirOwnName) {
  DescriptorText text = TextOfKernelObject("anon_inode:[quux\n]");
  EXPECT_EQ(text.name, R"(quux\n)");
  EXPECT_EQ(text.description, R"(quux\n)");
  EXPECT_EQ(text.likeness, R"(quux\n descriptors)");
  text = TextOfKernelObject("quux:[12]");
  EXPECT_EQ(text.name, "quux:[12]");
  EXPECT_EQ(text.likeness, "quux descriptors");
  EXPECT_EQ(TextOfKernelObject("quux").name, "quux");
}

TEST(KernelObjectTextTest, Namespaces) {
  const DescriptorText text = TextOfKernelObject("net:[4026531840]");
  EXPECT_EQ(text.name, "net namespace");
  EXPECT_EQ(text.description, "net namespace, net:[4026531840]");
  EXPECT_EQ(text.likeness, "net namespaces");
  EXPECT_EQ(TextOfKernelObject("net:[\n]").description,
            R"(net namespace, net:[\n])");
}

}  // namespace
}  // namespace leaktrap::internal
