#include "leaktrap/probe/process_probe.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/child_processes_for_test.h"
#include "leaktrap/probe/children_list.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/system/children.h"

namespace leaktrap::internal {
namespace {

using std::chrono::nanoseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// As proc_pid_stat(5) has it: the 22nd field, the 20th behind the command.
Identity IdentityOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream stat(text.substr(text.rfind(')') + 1));
  std::string field;
  for (int i = 0; i < 20; ++i) stat >> field;
  EXPECT_NE(field, "");
  return {Kind::kProcess, 0, static_cast<uint64_t>(pid), {std::stoull(field)}};
}

class ProcessProbeTest
    : public testing::TestWithParam<std::optional<ChildrenBy>> {
 protected:
  std::vector<Identity> List() {
    Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    return std::move(listing.identities);
  }

  Resource Describe(const ScopedChild& child) {
    const auto resource = probe_->Describe(IdentityOf(child.pid()));
    EXPECT_TRUE(resource);
    return resource.value_or(Resource());
  }

  // Describes until the description ends in `text`: a child needs a moment to
  // get there.
  Resource DescribeUntil(const ScopedChild& child, const std::string& text) {
    Resource resource;
    for (int i = 0; i < 5000; ++i) {
      resource = Describe(child);
      if (HasFailure() || absl::EndsWith(resource.description, text)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_THAT(resource.description,
                StartsWith(std::to_string(child.pid()) + " \""));
    EXPECT_THAT(resource.description, EndsWith(text));
    return resource;
  }

  const std::unique_ptr<Probe> probe_ = NewProcessProbe(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ways, ProcessProbeTest,
                         testing::Values(std::nullopt, ChildrenBy::kLists,
                                         ChildrenBy::kScan),
                         [](const auto& info) -> std::string {
                           if (!info.param) return "Default";
                           return *info.param == ChildrenBy::kLists ? "Lists"
                                                                    : "Scan";
                         });

TEST_P(ProcessProbeTest, IsWhatItSays) {
  EXPECT_EQ(probe_->kind(), Kind::kProcess);
  EXPECT_EQ(probe_->name(), "process");
  EXPECT_TRUE(probe_->OnlyThisProcessChangesIt());
}

TEST_P(ProcessProbeTest, ListsAChildUntilItIsReaped) {
  EXPECT_THAT(List(), IsEmpty());
  ScopedChild child;
  const Identity identity = IdentityOf(child.pid());
  EXPECT_THAT(List(), testing::ElementsAre(identity)) << "running";
  child.Kill(SIGSTOP);
  child.AwaitState(WSTOPPED);
  EXPECT_THAT(List(), testing::ElementsAre(identity)) << "stopped";
  child.Kill(SIGKILL);
  child.AwaitState(WEXITED);
  EXPECT_THAT(List(), testing::ElementsAre(identity)) << "a zombie";
  child.Reap();
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_FALSE(probe_->Describe(identity));
}

TEST_P(ProcessProbeTest, TakesNothingAwayFromTheProgramsWaits) {
  ScopedChild child;
  const auto look = [&] {
    EXPECT_THAT(List(), SizeIs(1));
    Describe(child);
  };
  int status = 0;
  child.Kill(SIGSTOP);
  child.AwaitState(WSTOPPED);
  look();
  EXPECT_EQ(waitpid(child.pid(), &status, WUNTRACED | WNOHANG), child.pid());
  EXPECT_TRUE(WIFSTOPPED(status));
  child.Kill(SIGCONT);
  child.AwaitState(WCONTINUED);
  look();
  EXPECT_EQ(waitpid(child.pid(), &status, WCONTINUED | WNOHANG), child.pid());
  EXPECT_TRUE(WIFCONTINUED(status));
  child.Kill(SIGTERM);
  child.AwaitState(WEXITED);
  look();
  status = child.Reap();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST_P(ProcessProbeTest, ListsAChildThatTheKernelWillReap) {
  signal(SIGCHLD, SIG_IGN);
  ScopedChild child;
  EXPECT_THAT(List(), testing::ElementsAre(IdentityOf(child.pid())));
  child.Kill(SIGKILL);
  child.AwaitNobodysReaping();
  EXPECT_THAT(List(), IsEmpty());
  signal(SIGCHLD, SIG_DFL);
}

TEST_P(ProcessProbeTest, ListsTheChildrenOfOtherThreads) {
  std::promise<void> over;
  std::promise<pid_t> forked;
  std::thread thread([&] {
    const ScopedChild child;
    forked.set_value(child.pid());
    over.get_future().wait();
  });
  const pid_t pid = forked.get_future().get();
  EXPECT_THAT(List(), testing::ElementsAre(IdentityOf(pid)));
  over.set_value();
  thread.join();
}

TEST_P(ProcessProbeTest, ListsTheChildrenOfThreadsThatHaveEnded) {
  std::vector<ScopedChild> children;
  std::thread([&] {
    children.emplace_back();
    children.emplace_back();
  }).join();
  EXPECT_THAT(List(),
              testing::UnorderedElementsAre(IdentityOf(children[0].pid()),
                                            IdentityOf(children[1].pid())));
}

TEST_P(ProcessProbeTest, ListsAChildThatSendsNoSignal) {
  const SilentChild child;
  EXPECT_THAT(List(), testing::ElementsAre(IdentityOf(child.pid())));
  EXPECT_THAT(Describe(child).description, HasSubstr("running"));
}

TEST_P(ProcessProbeTest, ThreadsAreNoChildren) {
  std::promise<void> over;
  std::thread thread([&] { over.get_future().wait(); });
  EXPECT_THAT(List(), IsEmpty());
  const ScopedChild child;
  EXPECT_THAT(List(), SizeIs(1));
  over.set_value();
  thread.join();
}

// Runs in a child whose own child is gone, and whose grandchild is not.
std::string DescribeAnOrphan(Probe& probe, bool adopt) {
  if (prctl(PR_SET_CHILD_SUBREAPER, adopt ? 1 : 0) != 0) return "prctl";
  int ends[2];
  if (pipe(ends) != 0) return "pipe";
  ScopedChild parent([&] {
    const pid_t orphan = fork();
    if (orphan == 0) {
      // Ends with the process that looks.
      close(ends[1]);
      char byte;
      _exit(static_cast<int>(read(ends[0], &byte, 1)));
    }
  });
  parent.Reap();
  const Listing listing = probe.List();
  std::string text = listing.error;
  for (const Identity& identity : listing.identities) {
    text += probe.Describe(identity).value().description;
  }
  close(ends[0]);
  close(ends[1]);
  while (adopt && waitpid(-1, nullptr, 0) > 0) {
  }
  return text;
}

TEST_P(ProcessProbeTest, GrandchildrenAreListedOnceTheyAreAdopted) {
  EXPECT_THAT(ResultInChild([&] { return DescribeAnOrphan(*probe_, true); }),
              HasSubstr("running"));
  EXPECT_EQ(ResultInChild([&] { return DescribeAnOrphan(*probe_, false); }),
            "");
}

TEST_P(ProcessProbeTest, AnotherStartTimeIsAnotherProcess) {
  const ScopedChild child;
  Identity identity = IdentityOf(child.pid());
  EXPECT_TRUE(probe_->Describe(identity));
  identity.stamp[0] += 1;
  EXPECT_FALSE(probe_->Describe(identity));
}

TEST_P(ProcessProbeTest, AnothersChildIsNotDescribed) {
  EXPECT_FALSE(probe_->Describe(IdentityOf(getpid())));
}

TEST_P(ProcessProbeTest, DescribesARunningCommand) {
  const ScopedChild child([] { execlp("sleep", "sleep", "1000", nullptr); });
  const Resource resource = DescribeUntil(child, "\"sleep 1000\", running");
  EXPECT_EQ(resource.name, "sleep");
  EXPECT_EQ(resource.likeness, "named \"sleep\", running");
  EXPECT_THAT(resource.release, HasSubstr("end it and wait for it"));
  EXPECT_EQ(resource.identity, IdentityOf(child.pid()));
}

TEST_P(ProcessProbeTest, DescribesHowAZombieEnded) {
  ScopedChild exited([] {
    prctl(PR_SET_NAME, "worker");
    _exit(127);
  });
  const ScopedChild killed;
  exited.AwaitState(WEXITED);
  const Resource resource = Describe(exited);
  EXPECT_EQ(
      resource.description,
      std::to_string(exited.pid()) + " \"worker\", a zombie (exited with 127)");
  EXPECT_EQ(resource.name, "worker");
  EXPECT_EQ(resource.likeness, "named \"worker\", a zombie (exited with 127)");
  EXPECT_THAT(resource.release, StartsWith("wait for it"));
  EXPECT_EQ(WEXITSTATUS(exited.Reap()), 127);
  killed.Kill(SIGKILL);
  killed.AwaitState(WEXITED);
  EXPECT_THAT(Describe(killed).description,
              EndsWith("\", a zombie (killed by SIGKILL)"));
}

TEST_P(ProcessProbeTest, DescribesAStoppedChild) {
  const ScopedChild child;
  child.Kill(SIGSTOP);
  child.AwaitState(WSTOPPED);
  EXPECT_THAT(Describe(child).description, HasSubstr("\", stopped"));
}

// /proc shows a zombie though there is nothing to wait for yet.
TEST_P(ProcessProbeTest, AChildWithoutItsFirstThreadIsNoZombie) {
  const ScopedChild child([] {
    std::thread(PauseForEver).detach();
    syscall(SYS_exit, 0);
  });
  const Resource resource =
      DescribeUntil(child, "\", running without its first thread");
  EXPECT_THAT(resource.release, StartsWith("end it"));
}

TEST_P(ProcessProbeTest, CommandsMayHoldAnything) {
  ScopedChild runs([] { execlp("sleep", "sl\nee\xff p", "1000", nullptr); });
  DescribeUntil(runs, "\"sl\\nee\\xff p 1000\", running");
  const ScopedChild ended([] {
    prctl(PR_SET_NAME, ") R 1 (\n\xff");
    _exit(0);
  });
  ended.AwaitState(WEXITED);
  EXPECT_EQ(Describe(ended).name, ") R 1 (\\n\\xff");
}

nanoseconds BootTime() {
  timespec now;
  EXPECT_EQ(clock_gettime(CLOCK_BOOTTIME, &now), 0);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

TEST_P(ProcessProbeTest, AgeIsTimeSinceTheFork) {
  const nanoseconds tick(1'000'000'000 / sysconf(_SC_CLK_TCK));
  const nanoseconds before = BootTime();
  const ScopedChild child;
  const nanoseconds after = BootTime();
  const nanoseconds described = BootTime();
  const auto age = Describe(child).age;
  ASSERT_TRUE(age);
  EXPECT_GE(*age, described - after);
  EXPECT_LE(*age, BootTime() - before + tick);
}

void ExpectEachOnce(const std::vector<Identity>& listed,
                    const std::vector<ScopedChild>& children) {
  for (const ScopedChild& child : children) {
    ASSERT_EQ(std::count(listed.begin(), listed.end(), IdentityOf(child.pid())),
              1);
  }
}

// The children of a thread that ends go to another, whose list may have been
// read by then.
TEST_P(ProcessProbeTest, ThreadsThatEndHideNone) {
  for (int round = 0; round < 300; ++round) {
    std::vector<ScopedChild> stay;
    std::atomic<bool> forked{false}, go{false};
    std::thread parent([&] {
      stay.emplace_back();
      forked = true;
      while (!go) {
      }
    });
    while (!forked) std::this_thread::yield();
    go = true;
    ExpectEachOnce(List(), stay);
    parent.join();
    if (HasFatalFailure()) return;
  }
}

// And the kernel's own list skips a child that stays when one before it is
// reaped in the middle of it.
TEST_P(ProcessProbeTest, ChildrenThatComeAndGoHideNone) {
  std::vector<ScopedChild> stay;
  std::atomic<bool> done{false};
  std::vector<std::thread> churn;
  for (int i = 0; i < 2; ++i) {
    churn.emplace_back([&] {
      while (!done) {
        std::thread([] { ScopedChild([] {}).Reap(); }).join();
      }
    });
  }
  for (int round = 0; round < 8; ++round) {
    std::thread([&] { stay.emplace_back(); }).join();
    for (int look = 0; look < 10; ++look) {
      ExpectEachOnce(List(), stay);
      if (HasFatalFailure()) break;
    }
  }
  done = true;
  for (std::thread& thread : churn) thread.join();
}

TEST_P(ProcessProbeTest, ManyChildrenAreOneLook) {
  std::vector<ScopedChild> children;
  for (int i = 0; i < 300; ++i) children.emplace_back();
  const std::vector<Identity> listed = List();
  EXPECT_THAT(listed, SizeIs(300));
  ExpectEachOnce(listed, children);
}

TEST(HasNoChildTest, LeavesErrnoAsItIs) {
  errno = 77;
  EXPECT_TRUE(HasNoChild());
  EXPECT_EQ(errno, 77);
  const ScopedChild child;
  errno = 77;
  EXPECT_FALSE(HasNoChild());
  EXPECT_EQ(errno, 77);
}

}  // namespace
}  // namespace leaktrap::internal
