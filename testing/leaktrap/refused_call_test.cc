// The kernel refuses what Leaktrap looks with, as seccomp filters of containers
// do: it finds the leak all the same, or it says that it could not look.

#include <sys/syscall.h>

#include <cerrno>
#include <ostream>
#include <string>
#include <tuple>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::RunChild;
using child::TestFailed;
using testing::AllOf;
using testing::AnyOf;
using testing::Combine;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Values;

struct Call {
  const char* name;
  long number;
};

std::ostream& operator<<(std::ostream& os, const Call& call) {
  return os << call.name;
}

// All that a look and its report call, as strace(1) tells, but for what no
// program lives without. The second line and on: for a report with lines, and
// its JSON.
#define CALL(name) \
  Call { #name, SYS_##name }
const auto kLooking = Values(
    CALL(access), CALL(clock_nanosleep), CALL(close), CALL(fcntl),
    CALL(fstatfs), CALL(get_robust_list), CALL(getdents64), CALL(getrandom),
    CALL(getrusage), CALL(getsockopt), CALL(gettid), CALL(ioctl), CALL(madvise),
    CALL(memfd_create), CALL(newfstatat), CALL(openat), CALL(pread64),
    CALL(prlimit64), CALL(process_vm_readv), CALL(read), CALL(readlink),
    CALL(rt_sigprocmask), CALL(tgkill), CALL(waitid), CALL(write));
const auto kReporting = Values(
    CALL(clone), CALL(close), CALL(close_range), CALL(dup3), CALL(execve),
    CALL(fchmod), CALL(fchown), CALL(fcntl), CALL(kill), CALL(lseek),
    CALL(memfd_create), CALL(openat), CALL(prctl), CALL(pwrite64), CALL(read),
    CALL(rename), CALL(rt_sigaction), CALL(rt_sigtimedwait), CALL(setpgid),
    CALL(sigaltstack), CALL(wait4));
#undef CALL

std::string NameOf(const testing::TestParamInfo<std::tuple<Call, int>>& info) {
  return std::string(std::get<0>(info.param).name) +
         (std::get<1>(info.param) == EPERM ? "_EPERM" : "_ENOSYS");
}

// Without lines, unless the options say where they come from.
ChildResult RunFilter(const std::string& filter, ChildOptions options = {}) {
  options.args = {"--gtest_filter=" + filter};
  options.env.emplace("LEAKTRAP_SYMBOLIZER", "");
  options.env["LEAKTRAP_LINGER"] = "50ms";
  // GoogleTest's own may be refused.
  options.xml = false;
  return RunChild("testing/leaktrap/children/refused_child", options);
}

constexpr char kSymbolizer[] = "/usr/bin/addr2line";

enum class From { kStart, kTest };

ChildResult RunRefused(const std::string& calls, int error, From from,
                       const std::string& filter, ChildOptions options = {}) {
  options.env["REFUSED_CALLS"] = calls;
  options.env["REFUSED_WITH"] = std::to_string(error);
  if (from == From::kTest) options.env["WHILE_RUNNING"] = "1";
  return RunFilter(filter, options);
}

constexpr char kLeak[] =
    "Leak.OneOfEachKind left behind 1 thread, 1 descriptor, 1 process:";

// Where nothing is closed any more, or nothing can be told from another.
constexpr char kLeakOfMore[] =
    "Leak.OneOfEachKind left behind 1 thread, [0-9]+ descriptors, 1 process:";

class RefusedCallTest : public testing::TestWithParam<std::tuple<Call, int>> {
 protected:
  static ChildResult RunFrom(From from, const std::string& filter) {
    const auto& [call, error] = GetParam();
    return RunRefused(std::to_string(call.number), error, from, filter);
  }
  static bool Refuses(long call) {
    return std::get<0>(GetParam()).number == call;
  }
  // Nothing else tells what these do.
  static bool Blinds() {
    return Refuses(SYS_getdents64) || Refuses(SYS_openat) ||
           Refuses(SYS_read) || Refuses(SYS_readlink);
  }
};

INSTANTIATE_TEST_SUITE_P(All, RefusedCallTest,
                         Combine(kLooking, Values(EPERM, ENOSYS)), NameOf);

TEST_P(RefusedCallTest, FromTheTestOnHidesNoLeak) {
  const ChildResult child = RunFrom(From::kTest, "Leak.*");
  EXPECT_THAT(child, ExitedWith(1));
  if (Refuses(SYS_write)) return;  // not a word
  if (Blinds()) {
    EXPECT_THAT(child, Console(HasSubstr("Leaktrap could not look after ")));
  } else {
    EXPECT_THAT(child,
                Console(AnyOf(HasSubstr(kLeak), ContainsRegex(kLeakOfMore))));
  }
}

TEST_P(RefusedCallTest, FromTheStartOnHidesNoLeak) {
  const ChildResult child = RunFrom(From::kStart, "Leak.*");
  EXPECT_THAT(child, ExitedWith(1));
  if (Refuses(SYS_write)) return;
  EXPECT_THAT(
      child,
      Console(AnyOf(
          HasSubstr(kLeak), ContainsRegex(kLeakOfMore),
          HasSubstr("Leaktrap could not look, so nothing is checked for leaks"),
          // It could not even leak.
          HasSubstr("Expected: (child) > (0)"),
          HasSubstr("thrown in the test body"))));
}

TEST_P(RefusedCallTest, FromATestOnHidesNoLeakOfTheNext) {
  const ChildResult child = RunFrom(From::kTest, "LeakLater.*");
  EXPECT_THAT(child, ExitedWith(1));
  // Not a word, and nothing that is left behind.
  if (Refuses(SYS_write) || Refuses(SYS_openat)) return;
  const auto is_found =
      ContainsRegex("LeakLater.InTheNextTest left behind [0-9]+ descriptors?:");
  if (Blinds()) {
    EXPECT_THAT(
        child,
        Console(AnyOf(
            is_found,
            HasSubstr(
                "Leaktrap could not look after LeakLater.InTheNextTest"))));
  } else {
    EXPECT_THAT(child, Console(is_found));
  }
}

TEST_P(RefusedCallTest, IsNoLeak) {
  if (Refuses(SYS_close) || Refuses(SYS_newfstatat)) {
    GTEST_SKIP() << "what is there then looks as if it were new";
  }
  for (const From from : {From::kStart, From::kTest}) {
    const ChildResult child = RunFrom(from, "Clean.*");
    EXPECT_THAT(child, Console(Not(HasSubstr("left behind"))));
    if (Refuses(SYS_write)) {
      EXPECT_THAT(child, ExitedWith(0));
      continue;
    }
    EXPECT_THAT(child, AnyOf(ExitedWith(0),
                             AllOf(ExitedWith(1),
                                   Console(HasSubstr("could not look")))));
  }
}

// A symbolizer is a process, and the JSON a file.
class RefusedReportTest : public RefusedCallTest {
 protected:
  static ChildResult RunReporting(const std::string& filter) {
    const auto& [call, error] = GetParam();
    ChildOptions options;
    options.env["LEAKTRAP_SYMBOLIZER"] = kSymbolizer;
    options.env["LEAKTRAP_JSON"] = testing::TempDir() + "refused.json";
    return RunRefused(std::to_string(call.number), error, From::kTest, filter,
                      options);
  }
};

INSTANTIATE_TEST_SUITE_P(All, RefusedReportTest,
                         Combine(kReporting, Values(EPERM, ENOSYS)), NameOf);

TEST_P(RefusedReportTest, HidesNoLeak) {
  const ChildResult child = RunReporting("Leak.*");
  EXPECT_THAT(child, ExitedWith(1));
  if (Blinds()) {
    EXPECT_THAT(child, Console(HasSubstr("Leaktrap could not look after ")));
  } else {
    EXPECT_THAT(child,
                Console(AnyOf(HasSubstr(kLeak), ContainsRegex(kLeakOfMore))));
  }
}

TEST_P(RefusedReportTest, LeavesNothingThatTheNextTestIsChargedWith) {
  const ChildResult child = RunReporting("LeakThenClean.*");
  EXPECT_THAT(child, ExitedWith(1));
  if (Refuses(SYS_close)) return;  // what is there then looks as if it were new
  EXPECT_THAT(child,
              Console(Not(HasSubstr("LeakThenClean.Nothing left behind"))));
}

TEST(RefusedThreadTest, NoProcessIsLeftToReportWith) {
  ChildOptions options;
  options.env["LEAKTRAP_SYMBOLIZER"] = kSymbolizer;
  for (const int error : {EAGAIN, ENOMEM}) {
    EXPECT_THAT(
        RunRefused(
            std::to_string(SYS_clone) + "," + std::to_string(SYS_clone3) + "," +
                std::to_string(SYS_fork) + "," + std::to_string(SYS_vfork),
            error, From::kTest, "Leak.*", options),
        AllOf(ExitedWith(1),
              Console(AllOf(HasSubstr(kLeak), HasSubstr("\n  no lines: ")))));
  }
}

struct Proc {
  const char* name;
  const char* mount;
};

std::ostream& operator<<(std::ostream& os, const Proc& proc) {
  return os << proc.name;
}

class OtherProcTest : public testing::TestWithParam<Proc> {};

INSTANTIATE_TEST_SUITE_P(
    All, OtherProcTest,
    Values(Proc{"OfTheOuterNamespace", ""},
           Proc{"OfTheOwnNamespace", "mount -t proc proc /proc && "},
           Proc{"Hidden", "mount -t proc -o hidepid=2 proc /proc && "},
           Proc{"OfProcessesOnly", "mount -t proc -o subset=pid x /proc && "}),
    [](const testing::TestParamInfo<Proc>& info) { return info.param.name; });

TEST_P(OtherProcTest, InAPidNamespaceLeaksAreFound) {
  ChildOptions options;
  options.wrapper = {"/usr/bin/unshare",
                     "--user",
                     "--map-root-user",
                     "--mount",
                     "--pid",
                     "--fork",
                     "/bin/sh",
                     "-c",
                     std::string(GetParam().mount) + "exec \"$0\" \"$@\""};
  EXPECT_THAT(RunFilter("Leak.*", options),
              AllOf(ExitedWith(1), Console(HasSubstr(kLeak))));
  EXPECT_THAT(RunFilter("Clean.*", options), ExitedWith(0));
}

struct Symbolizer {
  const char* name;
  const char* path;
  const char* why;
};

std::ostream& operator<<(std::ostream& os, const Symbolizer& symbolizer) {
  return os << symbolizer.name;
}

class BrokenSymbolizerTest : public testing::TestWithParam<Symbolizer> {};

INSTANTIATE_TEST_SUITE_P(
    All, BrokenSymbolizerTest,
    Values(Symbolizer{"NotThere", "/no/such/symbolizer", "No such file"},
           Symbolizer{"NoProgram", "/etc/passwd", "Permission denied"},
           Symbolizer{"Fails", "/bin/false", "exit code 1"},
           Symbolizer{"SaysNothing", "/bin/true", "0 bytes"},
           Symbolizer{"Babbles", "/bin/echo", "cannot be read"}),
    [](const testing::TestParamInfo<Symbolizer>& info) {
      return info.param.name;
    });

TEST_P(BrokenSymbolizerTest, TheReportComesWithoutLines) {
  ChildOptions options;
  options.args = {"--gtest_filter=Leak.*"};
  options.env["LEAKTRAP_SYMBOLIZER"] = GetParam().path;
  EXPECT_THAT(RunChild("testing/leaktrap/children/refused_child", options),
              AllOf(ExitedWith(1),
                    TestFailed("Leak.OneOfEachKind",
                               ElementsAre(AllOf(
                                   HasSubstr(kLeak),
                                   ContainsRegex(std::string("no lines: .*") +
                                                 GetParam().why))))));
}

}  // namespace
}  // namespace leaktrap
