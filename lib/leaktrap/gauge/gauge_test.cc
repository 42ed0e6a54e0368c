#include "leaktrap/gauge/gauge.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/gauge/descriptor_count.h"
#include "leaktrap/gauge/plain_listing_for_test.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {
namespace {

using ::leaktrap::internal::kDescriptors;
using ::leaktrap::internal::KernelCounts;
using ::leaktrap::internal::kThreads;
using ::leaktrap::internal::ListingForTest;
using ::leaktrap::internal::PlainListing;
using ::testing::Optional;

// What `run` returns in a child process.
template <typename Run>
int ExitCodeOf(Run run) {
  const pid_t child = fork();
  if (child == 0) _exit(run());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Both ways of counting descriptors.
class DescriptorCountTest : public ::testing::TestWithParam<bool> {
 protected:
  DescriptorCountTest() {
    if (GetParam()) listing_.emplace();
  }

  // Whether the count comes from the kernel.
  static bool ByKernel() { return !GetParam() && KernelCounts(); }

 private:
  std::optional<ListingForTest> listing_;
};

INSTANTIATE_TEST_SUITE_P(Ways, DescriptorCountTest, ::testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Listing" : "Default";
                         });

TEST_P(DescriptorCountTest, FollowsEachThatComesAndGoes) {
  const std::set<int> before = PlainListing(kDescriptors);
  const int64_t count = before.size();
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(count));
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(count + 1));
  // Far above the others.
  const int second = fcntl(first, F_DUPFD_CLOEXEC, 900);
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(count + 2));
  close(first);
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(count + 1));
  close(second);
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(count));
  EXPECT_EQ(PlainListing(kDescriptors), before) << "no handle is kept";
}

TEST_P(DescriptorCountTest, CountsMoreThanOneReadCanList) {
  const int64_t before = PlainListing(kDescriptors).size();
  std::vector<int> opened;
  for (int i = 0; i < 700; ++i) {
    opened.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(before + 700));
  for (int descriptor : opened) close(descriptor);
}

TEST_P(DescriptorCountTest, CountsNone) {
  const int code = ExitCodeOf([] {
    closefrom(0);
    return Count(Kind::kDescriptor) == 0 ? 7 : 1;
  });
  EXPECT_EQ(code, 7);
}

TEST_P(DescriptorCountTest, WithNoneLeftCountsOrSaysThatItCannot) {
  const int64_t before = PlainListing(kDescriptors).size();
  rlimit usual;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit low = usual;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<int> opened;
  for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
    opened.push_back(fd);
  }
  const int error = errno;
  errno = 77;
  const std::optional<int64_t> descriptors = Count(Kind::kDescriptor);
  const int errno_after = errno;
  const std::optional<int64_t> threads = Count(Kind::kThread);
  for (int fd : opened) close(fd);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);

  EXPECT_EQ(error, EMFILE);
  EXPECT_EQ(errno_after, 77);
  EXPECT_NE(threads, std::nullopt);
  if (ByKernel()) {
    EXPECT_THAT(descriptors, Optional(before + opened.size()));
  } else {
    EXPECT_EQ(descriptors, std::nullopt);
  }
}

TEST_P(DescriptorCountTest, GoesOnAfterTheMainThreadHasEnded) {
  const int code = ExitCodeOf([] {
    const int64_t expected = PlainListing(kDescriptors).size();
    std::thread([expected] {
      while (!PlainListing("/proc/self/fd").empty()) std::this_thread::yield();
      _exit(Count(Kind::kDescriptor) == expected ? 7 : 1);
    }).detach();
    return static_cast<int>(syscall(SYS_exit, 0));
  });
  EXPECT_EQ(code, 7);
}

// The kernel sets the number aside before there is anything to accept.
TEST_P(DescriptorCountTest,
       CountsWhatAWaitingAcceptHasSetAsideIfTheKernelDoes) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un any = {};
  any.sun_family = AF_UNIX;  // and no name: the kernel finds one
  ASSERT_EQ(
      bind(listener, reinterpret_cast<sockaddr*>(&any), sizeof(any.sun_family)),
      0);
  ASSERT_EQ(listen(listener, 1), 0);
  std::atomic<pid_t> tid{0};
  std::thread server([&] {
    tid = static_cast<pid_t>(syscall(SYS_gettid));
    EXPECT_EQ(accept(listener, nullptr, nullptr), -1);
  });
  for (int call = -1; call != SYS_accept;) {
    std::ifstream(std::string(kThreads) + "/" + std::to_string(tid) +
                  "/syscall") >>
        call;
  }
  const int64_t listed = PlainListing(kDescriptors).size();
  EXPECT_THAT(Count(Kind::kDescriptor),
              Optional(ByKernel() ? listed + 1 : listed));
  shutdown(listener, SHUT_RDWR);
  server.join();
  close(listener);
  EXPECT_THAT(Count(Kind::kDescriptor), Optional(listed - 1));
}

TEST(GaugeTest, ChildOfAForkCountsItsOwn) {
  std::atomic<bool> done{false};
  std::thread other([&done] {
    while (!done) std::this_thread::yield();
  });
  EXPECT_GE(Count(Kind::kThread).value_or(0), 2);
  const int code = ExitCodeOf([] { return Count(Kind::kThread) == 1 ? 7 : 1; });
  done = true;
  other.join();
  EXPECT_EQ(code, 7);
}

TEST(GaugeTest, SaysSoWithoutProc) {
  const int code = ExitCodeOf([] {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
      return 2;
    }
    errno = 77;
    if (Count(Kind::kThread) || Count(Kind::kDescriptor)) return 3;
    const ListingForTest listing;
    if (Count(Kind::kDescriptor)) return 4;
    if (Count(Kind::kProcess) != 0) return 6;  // asks the kernel
    const pid_t child = fork();
    if (child == 0) _exit(0);
    const bool counted = Count(Kind::kProcess).has_value();
    waitpid(child, nullptr, 0);
    if (counted) return 8;
    return errno == 77 ? 7 : 5;
  });
  if (code == 2) GTEST_SKIP() << "may not mount over /proc";
  EXPECT_EQ(code, 7);
}

// Fails every getdents64(2) of this process from now on.
bool ForbidListing() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {std::size(filter), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(GaugeTest, SaysSoWhenAListingBreaksOff) {
  const int code = ExitCodeOf([] {
    if (!ForbidListing()) return 2;
    const ListingForTest listing;
    return Count(Kind::kDescriptor) ? 3 : 7;
  });
  if (code == 2) GTEST_SKIP() << "may not filter system calls";
  EXPECT_EQ(code, 7);
}

TEST(GaugeTest, CountsLeasedConnectionsOfAllPools) {
  EXPECT_THAT(Count(Kind::kConnection), Optional(0));
  LeaseLedger http("http"), sql("sql");
  http.Open("idle");
  Lease one = http.CheckOut(http.Open("peer"));
  const Lease two = sql.CheckOut(sql.Open("peer"));
  EXPECT_THAT(Count(Kind::kConnection), Optional(2));
  one.Return();
  EXPECT_THAT(Count(Kind::kConnection), Optional(1));
}

TEST(GaugeTest, HasNoCountOfTheOthers) {
  EXPECT_EQ(Count(Kind::kOther), std::nullopt);
}

}  // namespace
}  // namespace leaktrap
