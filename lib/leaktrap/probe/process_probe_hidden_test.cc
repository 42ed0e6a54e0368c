// Children that /proc shows only in part, or under other numbers, or not at
// all; and looks for which no descriptor is left.

#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/child_processes_for_test.h"
#include "leaktrap/probe/children_list.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/process_probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kMayNot[] = "the kernel does not let a test do so";

// Error, or the descriptions one after the other.
std::string Look(Probe& probe) {
  const Listing listing = probe.List();
  std::string text = listing.error;
  for (const Identity& identity : listing.identities) {
    const auto resource = probe.Describe(identity);
    text += resource ? resource->description : "gone";
    text += "; ";
  }
  return text;
}

std::string LookWithoutProc() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
      mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
    return kMayNot;
  }
  const auto probe = NewProcessProbe();
  const std::string before = Look(*probe);
  if (!before.empty()) return before;
  const ScopedChild child;
  return Look(*probe);
}

TEST(ProcessProbeHiddenTest, SaysSoWithoutProcIfThereIsAChild) {
  const std::string text = ResultInChild(LookWithoutProc);
  if (text == kMayNot) GTEST_SKIP() << text;
  EXPECT_THAT(text, AllOf(StartsWith("cannot "), HasSubstr("/proc/self"),
                          EndsWith("Leaktrap needs /proc mounted, or set "
                                   "LEAKTRAP_MODE=processes:off")));
}

// A child of a new pid namespace, with the /proc of the old.
std::string InNewPidNamespace(const std::function<std::string()>& run) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) != 0) return kMayNot;
  return ResultInChild(run);
}

// A child that exits with `code` and has the number `pid` here.
bool ForkAs(pid_t pid, int code) {
  clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uint64_t>(&pid);
  arguments.set_tid_size = 1;
  const auto child =
      static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof(arguments)));
  if (child == 0) _exit(code);
  siginfo_t info;
  return child == pid && waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0;
}

std::string LookThroughAnothersProc() {
  const ScopedChild child([] { _exit(3); });
  child.AwaitState(WEXITED);
  const auto probe = NewProcessProbe();
  const Listing listing = probe->List();
  if (!listing.error.empty() || listing.identities.size() != 1) return "List";
  const auto number = static_cast<pid_t>(listing.identities[0].number);
  if (number == child.pid()) return "the namespaces number alike";
  if (!ForkAs(number, 4)) return kMayNot;
  const std::string text = Look(*probe);
  waitpid(number, nullptr, 0);
  return text;
}

TEST(ProcessProbeHiddenTest, DoesNotAskForTheEndByAnotherNamespacesNumber) {
  const std::string text =
      ResultInChild([] { return InNewPidNamespace(LookThroughAnothersProc); });
  if (text == kMayNot) GTEST_SKIP() << text;
  EXPECT_THAT(text, testing::MatchesRegex("[0-9]+ \"[^\"]*\", a zombie; "
                                          "[0-9]+ \"[^\"]*\", a zombie; "));
}

bool DropCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

// With a child that /proc does not show: this user may not trace it.
std::string LookWithAHiddenChild(std::optional<ChildrenBy> by) {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("proc", "/proc", "proc", 0, "hidepid=4") != 0 ||
      !DropCapabilities()) {
    return kMayNot;
  }
  // It would otherwise not be told from one that may be traced.
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return kMayNot;
  int ends[2];
  if (pipe(ends) != 0) return "pipe";
  const ScopedChild child([&] {
    prctl(PR_SET_DUMPABLE, 0);
    close(ends[1]);
    PauseForEver();
  });
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 0) return "read";
  close(ends[0]);
  const std::string folder = "/proc/" + std::to_string(child.pid());
  if (access(folder.c_str(), F_OK) == 0) return kMayNot;
  return Look(*NewProcessProbe(by));
}

std::string LookWithAHiddenChildInItsNamespace(std::optional<ChildrenBy> by) {
  return ResultInChild([by] {
    return InNewPidNamespace([by] { return LookWithAHiddenChild(by); });
  });
}

TEST(ProcessProbeHiddenTest, ListsAChildThatProcHides) {
  const std::string text = LookWithAHiddenChildInItsNamespace(std::nullopt);
  if (text == kMayNot) GTEST_SKIP() << text;
  EXPECT_EQ(text, "2, which /proc does not show; ");
}

TEST(ProcessProbeHiddenTest, AScanThatCannotSeeTheChildSaysSo) {
  const std::string text =
      LookWithAHiddenChildInItsNamespace(ChildrenBy::kScan);
  if (text == kMayNot) GTEST_SKIP() << text;
  EXPECT_THAT(text, StartsWith("cannot see all processes in /proc: "));
}

class ProcessProbeExhaustedTest : public testing::TestWithParam<ChildrenBy> {
 protected:
  const std::unique_ptr<Probe> probe_ = NewProcessProbe(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Ways, ProcessProbeExhaustedTest,
                         testing::Values(ChildrenBy::kLists, ChildrenBy::kScan),
                         [](const auto& info) {
                           return info.param == ChildrenBy::kLists ? "Lists"
                                                                   : "Scan";
                         });

TEST_P(ProcessProbeExhaustedTest, LooksWithTheReserveWhenNoDescriptorIsLeft) {
  const ScopedChild child;
  std::string text;
  {
    const SoftLimit limit(64);
    ASSERT_TRUE(TakeDescriptorReserve());
    const auto all = UseUpDescriptors();
    text = Look(*probe_);
    EXPECT_TRUE(GiveUpDescriptorReserve());
  }
  EXPECT_THAT(text, AllOf(StartsWith(std::to_string(child.pid()) + " \""),
                          EndsWith("\", running; ")));
}

TEST_P(ProcessProbeExhaustedTest, SaysSoWhenNoDescriptorIsLeftAtAll) {
  const ScopedChild child;
  Listing listing;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    listing = probe_->List();
  }
  EXPECT_THAT(listing.error, HasSubstr(": Too many open files; "));
  EXPECT_THAT(listing.identities, IsEmpty());
}

TEST_P(ProcessProbeExhaustedTest, NeedsNoDescriptorWithoutAChild) {
  const SoftLimit limit(64);
  const auto all = UseUpDescriptors();
  EXPECT_EQ(Look(*probe_), "");
}

}  // namespace
}  // namespace leaktrap::internal
