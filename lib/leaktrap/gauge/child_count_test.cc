#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/gauge/gauge.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {
namespace {

using ::testing::Optional;

// Children that end with this object, or are zombies already.
class Children {
 public:
  ~Children() {
    for (const pid_t pid : pids_) {
      kill(pid, SIGKILL);
      EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
    }
  }

  void Fork() {
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) pause();
    }
    ASSERT_GT(pid, 0);
    pids_.push_back(pid);
  }

  void Kill() {
    siginfo_t info;
    EXPECT_EQ(kill(pids_.back(), SIGKILL), 0);
    EXPECT_EQ(waitid(P_PID, pids_.back(), &info, WEXITED | WNOWAIT), 0);
  }

 private:
  std::vector<pid_t> pids_;
};

TEST(ChildCountTest, CountsRunningOnesAndZombiesUntilTheyAreReaped) {
  EXPECT_THAT(Count(Kind::kProcess), Optional(0));
  {
    Children children;
    children.Fork();
    EXPECT_THAT(Count(Kind::kProcess), Optional(1));
    children.Fork();
    children.Kill();
    EXPECT_THAT(Count(Kind::kProcess), Optional(2));
  }
  EXPECT_THAT(Count(Kind::kProcess), Optional(0));
}

TEST(ChildCountTest, CountsThoseOfAllThreads) {
  Children children;
  children.Fork();
  std::thread([&] { children.Fork(); }).join();
  std::promise<void> forked, over;
  std::thread thread([&] {
    children.Fork();
    forked.set_value();
    over.get_future().wait();
  });
  forked.get_future().wait();
  EXPECT_THAT(Count(Kind::kProcess), Optional(3));
  over.set_value();
  thread.join();
}

TEST(ChildCountTest, CountsMoreThanOneReadCanList) {
  Children children;
  for (int i = 0; i < 400; ++i) children.Fork();
  EXPECT_THAT(Count(Kind::kProcess), Optional(400));
}

TEST(ChildCountTest, SaysSoWhenNoDescriptorIsLeft) {
  Children children;
  children.Fork();
  rlimit usual;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  // The first of the two that it needs is there, the second is not.
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(next);
  for (const int left : {0, 1, 2}) {
    rlimit low = usual;
    low.rlim_cur = next + left;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    errno = 77;
    const std::optional<int64_t> count = Count(Kind::kProcess);
    const int errno_after = errno;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);
    EXPECT_EQ(count, left < 2 ? std::nullopt : std::optional<int64_t>(1));
    EXPECT_EQ(errno_after, 77);
  }
}

}  // namespace
}  // namespace leaktrap
