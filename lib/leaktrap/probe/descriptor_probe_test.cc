#include "leaktrap/probe/descriptor_probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::Contains;

class DescriptorProbeTest : public testing::Test {
 protected:
  ~DescriptorProbeTest() override { GiveUpDescriptorReserve(); }

  std::vector<Identity> List() {
    Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    EXPECT_TRUE(listing.kept_descriptors.empty());
    std::sort(listing.identities.begin(), listing.identities.end());
    return listing.identities;
  }

  std::optional<Identity> Find(uint64_t number) {
    for (const Identity& identity : List()) {
      if (identity.number == number) return identity;
    }
    return std::nullopt;
  }

  const std::unique_ptr<Probe> probe_ = NewDescriptorProbe();
};

TEST_F(DescriptorProbeTest, IsWhatItSays) {
  EXPECT_EQ(probe_->kind(), Kind::kDescriptor);
  EXPECT_EQ(probe_->name(), "descriptor");
  EXPECT_TRUE(probe_->OnlyThisProcessChangesIt());
}

TEST_F(DescriptorProbeTest, ListsADescriptorForAsLongAsItIsOpen) {
  const std::vector<Identity> before = List();
  ScopedFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  struct stat status;
  ASSERT_EQ(fstat(fd.get(), &status), 0);
  std::vector<Identity> with = before;
  with.push_back({Kind::kDescriptor,
                  0,
                  static_cast<uint64_t>(fd.get()),
                  {status.st_dev, status.st_ino, S_IFCHR}});
  std::sort(with.begin(), with.end());
  EXPECT_EQ(List(), with);
  fd.Close();
  EXPECT_EQ(List(), before);
}

TEST_F(DescriptorProbeTest, AnotherFileAtTheSameNumberIsAnother) {
  const ScopedFd a(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto first = Find(a.get());
  ASSERT_TRUE(first);
  ASSERT_TRUE(probe_->Describe(*first));
  {
    const ScopedFd b(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(dup2(b.get(), a.get()), a.get());
  }
  const auto second = Find(a.get());
  ASSERT_TRUE(second);
  EXPECT_NE(first, second);
  EXPECT_FALSE(probe_->Describe(*first));
  EXPECT_EQ(probe_->Describe(*second)->name, "/dev/zero");
}

TEST_F(DescriptorProbeTest, DescribesWithTheNumberInFront) {
  const ScopedFd fd(eventfd(0, EFD_CLOEXEC));
  const Identity identity = Find(fd.get()).value();
  const auto resource = probe_->Describe(identity);
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource->identity, identity);
  EXPECT_EQ(resource->name, "eventfd");
  EXPECT_EQ(resource->description, std::to_string(fd.get()) + ": eventfd");
  EXPECT_EQ(resource->likeness, "eventfds");
  EXPECT_EQ(resource->release, "close it (close(2))");
  EXPECT_EQ(resource->age, std::nullopt);
}

TEST_F(DescriptorProbeTest, WhatIsClosedIsNotDescribed) {
  ScopedFd fd(eventfd(0, EFD_CLOEXEC));
  const Identity identity = Find(fd.get()).value();
  fd.Close();
  EXPECT_FALSE(probe_->Describe(identity));
}

TEST_F(DescriptorProbeTest, LeavesOutTheReserve) {
  const std::vector<Identity> before = List();
  ASSERT_TRUE(TakeDescriptorReserve());
  EXPECT_EQ(List(), before);
}

TEST_F(DescriptorProbeTest, ListsWhatATestPutInThePlaceOfTheReserve) {
  ASSERT_TRUE(TakeDescriptorReserve());
  const int number = static_cast<int>(DescriptorReserveIdentity()->number);
  const ScopedFd event(eventfd(0, EFD_CLOEXEC));
  const ScopedFd users(dup2(event.get(), number));
  EXPECT_TRUE(Find(number));
}

TEST_F(DescriptorProbeTest, ListsAllWhenNoneIsLeft) {
  for (const bool reserve : {true, false}) {
    Listing listing;
    std::optional<Resource> resource;
    std::vector<uint64_t> opened, expected;
    {
      const SoftLimit limit(64);
      if (reserve) {
        ASSERT_TRUE(TakeDescriptorReserve());
      }
      const auto all = UseUpDescriptors();
      for (const ScopedFd& fd : all) opened.push_back(fd.get());
      expected = OpenBelow(1024);
      listing = probe_->List();
      for (const Identity& identity : listing.identities) {
        if (identity.number == opened[0]) resource = probe_->Describe(identity);
      }
      EXPECT_EQ(GiveUpDescriptorReserve(), reserve);
    }
    EXPECT_EQ(listing.error, "");
    std::vector<uint64_t> listed;
    for (const Identity& identity : listing.identities) {
      listed.push_back(identity.number);
    }
    if (reserve) {
      expected.erase(std::find(expected.begin(), expected.end(), 63u));
    }
    EXPECT_EQ(listed, expected);
    EXPECT_THAT(listed, testing::IsSupersetOf(opened));
    ASSERT_TRUE(resource);
    EXPECT_EQ(resource->name, "/dev/null");
  }
}

TEST_F(DescriptorProbeTest, OtherThreadsMayOpenAndCloseMeanwhile) {
  const ScopedFd stays(eventfd(0, EFD_CLOEXEC));
  const Identity identity = Find(stays.get()).value();
  std::atomic<bool> done{false};
  std::thread busy([&] {
    while (!done) {
      close(open("/dev/null", O_RDONLY | O_CLOEXEC));
      close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      close(eventfd(0, EFD_CLOEXEC));
    }
  });
  for (int look = 0; look < 1000; ++look) {
    const Listing listing = probe_->List();
    ASSERT_EQ(listing.error, "");
    ASSERT_THAT(listing.identities, Contains(identity));
    for (const Identity& any : listing.identities) {
      const auto resource = probe_->Describe(any);
      if (any == identity) {
        ASSERT_TRUE(resource);
      }
    }
  }
  done = true;
  busy.join();
}

// From now on fstat(2) of `fd` fails, as on a dead file server's file.
bool MakeFstatFail(int fd) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fstat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(fd), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {std::size(code), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(DescriptorProbeTest, ListsAndDescribesWhatFstatCannotLookAt) {
  const ScopedFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const pid_t child = fork();
  if (child == 0) {
    if (!MakeFstatFail(fd.get())) _exit(2);
    const auto identity = Find(fd.get());
    if (!identity) _exit(3);
    const auto resource = probe_->Describe(*identity);
    if (!resource) _exit(4);
    _exit(resource->name == "/dev/null" ? 0 : 5);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DescriptorProbeTest, LooksAtTheTableOfTheCallingThread) {
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_FILES), 0);
    const ScopedFd fd(eventfd(0, EFD_CLOEXEC));
    EXPECT_TRUE(Find(fd.get()));
  }).join();
}

}  // namespace
}  // namespace leaktrap::internal
