// What a user sees of a leak: the failed test's name, exit code, console, XML.

#include <string>

#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {
namespace {

using child::AllPassed;
using child::ChildOptions;
using child::ChildResult;
using child::Console;
using child::ExitedWith;
using child::FailuresOutsideTests;
using child::RunChild;
using child::TestFailed;
using child::TestPassed;
using child::TestSkipped;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFolder[] = "testing/leaktrap/children/";

ChildResult RunBinary(const std::string& binary,
                      const ChildOptions& options = {}) {
  return RunChild(kFolder + binary, options);
}

ChildOptions Filter(const std::string& filter) {
  ChildOptions options;
  options.args = {"--gtest_filter=" + filter};
  return options;
}

// The whole of one report: what, where, what to call, how it was looked.
MATCHER_P(OneLeak, pattern, "") {
  return testing::Value(
      arg, AllOf(ContainsRegex(pattern), HasSubstr("to release it: "),
                 ContainsRegex("looks=[0-9]+, waited=.*, ended=[a-z]+")));
}

void ExpectLeaksFoundAndTwinsClean(const ChildResult& child) {
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Leak.Thread",
                                ElementsAre(OneLeak(
                                    "[a-z_]+.(cc|h):[0-9]+\n(.|\n)*"
                                    "Leak.Thread left behind 1 thread:\n"
                                    "  thread [0-9]+ \"[a-z_]+\", sleeping"))));
  EXPECT_THAT(
      child,
      TestFailed("Leak.Descriptor",
                 ElementsAre(OneLeak(
                     "Leak.Descriptor left behind 1 descriptor:\n"
                     "  descriptor [0-9]+: character device /dev/null"))));
  EXPECT_THAT(
      child,
      TestFailed(
          "Leak.Connection",
          ElementsAre(OneLeak(
              "Leak.Connection left behind 1 connection:\n"
              "  connection of pool \"db\" to 127.0.0.1:5432, lease 1"))));
  for (const char* clean :
       {"Clean.Thread", "Clean.Descriptor", "Clean.Connection",
        "Clean.IdleConnectionKeepsItsDescriptor",
        "Clean.ConnectionThatOutlivedItsPool",
        "Clean_Fixture.DestructorReleases"}) {
    EXPECT_THAT(child, TestPassed(clean));
  }
  EXPECT_THAT(child, FailuresOutsideTests(IsEmpty()));
}

TEST(VerdictTest, EachKindFailsItsTestAndTheCleanTwinPasses) {
  const ChildResult child = RunBinary("leaks_child", Filter("-SlowLeak.*"));
  ExpectLeaksFoundAndTwinsClean(child);
  EXPECT_THAT(child, Console(HasSubstr("Leaktrap checks each test: threads, "
                                       "descriptors, connections, processes, "
                                       "others.")));
  EXPECT_THAT(child, Console(HasSubstr("[  FAILED  ] Leak.Thread (")));
}

TEST(VerdictTest, WhicheverMainWinsTheLink) {
  ExpectLeaksFoundAndTwinsClean(
      RunBinary("gtest_main_first_child", Filter("-SlowLeak.*")));
  ExpectLeaksFoundAndTwinsClean(
      RunBinary("gtest_main_last_child", Filter("-SlowLeak.*")));
}

TEST(VerdictTest, AProgramMayHaveDefinitionsOfItsOwnInsteadOfTheRecorder) {
  const ChildResult child = RunBinary("own_close_child", Filter("-SlowLeak.*"));
  ExpectLeaksFoundAndTwinsClean(child);
  EXPECT_THAT(child, Console(Not(HasSubstr("made by"))));
}

TEST(VerdictTest, FlagsAreReadWhicheverMainWinsTheLink) {
  for (const char* binary :
       {"gtest_main_first_child", "gtest_main_last_child", "leaks_child"}) {
    ChildOptions options = Filter("Leak.Thread:Leak.Descriptor");
    options.args.push_back("--leaktrap_mode=threads:off");
    const ChildResult child = RunBinary(binary, options);
    EXPECT_THAT(child, TestPassed("Leak.Thread"));
    EXPECT_THAT(child, TestFailed("Leak.Descriptor"));
  }
}

TEST(VerdictTest, ALeasedConnectionIsToldWithItsDescriptor) {
  EXPECT_THAT(
      RunBinary("leaks_child", Filter("Leak.ConnectionAndItsDescriptor")),
      TestFailed("Leak.ConnectionAndItsDescriptor",
                 ElementsAre(AllOf(
                     HasSubstr("left behind 1 descriptor, 1 connection:"),
                     ContainsRegex("of pool \"db\" to .*, lease [0-9]+, on "
                                   "descriptor [0-9]+")))));
}

TEST(VerdictTest, APoolThatDiesWithALeaseOutIsNotForgotten) {
  EXPECT_THAT(
      RunBinary("leaks_child", Filter("Leak.ConnectionOfAPoolThatDied")),
      TestFailed("Leak.ConnectionOfAPoolThatDied",
                 ElementsAre(AllOf(HasSubstr("\"short-lived\""),
                                   HasSubstr("its pool is gone")))));
}

TEST(VerdictTest, AlikeLeaksAreOneParagraph) {
  EXPECT_THAT(RunBinary("leaks_child", Filter("Leak.ManyAlike")),
              TestFailed("Leak.ManyAlike",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 50 descriptors:\n  50 "
                                       "descriptors, eventfds:"),
                             HasSubstr("\n    and 47 more")))));
}

TEST(VerdictTest, ALeakIsReportedOnceByTheTestThatMadeIt) {
  ChildOptions options = Filter("Leak.Descriptor:Clean.*");
  options.args.push_back("--gtest_repeat=2");
  const ChildResult child = RunBinary("leaks_child", options);
  // The second round's own descriptor, and not that of the first again.
  EXPECT_THAT(child,
              TestFailed("Leak.Descriptor",
                         ElementsAre(HasSubstr("left behind 1 descriptor:"))));
  EXPECT_THAT(child, TestPassed("Clean.Descriptor"));
}

TEST(VerdictTest, TheFirstFailureIsNotHidden) {
  const ChildResult child = RunBinary("outcomes_child");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Outcome.Passes",
                                ElementsAre(HasSubstr("left behind"))));
  EXPECT_THAT(child, TestFailed("Outcome.Fails",
                                ElementsAre(HasSubstr("the test's own"))));
  EXPECT_THAT(child, TestFailed("Outcome.FailsInAScope",
                                ElementsAre(HasSubstr("the test's own"))));
  EXPECT_THAT(child, TestFailed("Outcome.Throws",
                                ElementsAre(HasSubstr("thrown by the test"))));
  EXPECT_THAT(child, TestFailed("Outcome.ThrowsThroughAScope",
                                ElementsAre(HasSubstr("thrown by the test"))));
  EXPECT_THAT(child, TestSkipped("Outcome.IsSkipped"));
  EXPECT_THAT(child, TestSkipped("Outcome.IsSkippedInAScope"));
  for (const char* note :
       {"since the test has failed before: Outcome.Fails left behind 1",
        "since the test has failed before: Outcome.FailsInAScope, the scope",
        "since the test has failed before: Outcome.Throws left behind 1",
        "since an exception left the scope: Outcome.ThrowsThroughAScope",
        "since the test was skipped: Outcome.IsSkipped left behind 1",
        "since the test was skipped: Outcome.IsSkippedInAScope, the scope"}) {
    EXPECT_THAT(child, Console(HasSubstr(note)));
  }
}

TEST(VerdictTest, AnExceptionThatIsMeantExcusesNothing) {
  EXPECT_THAT(RunBinary("outcomes_child",
                        Filter("Outcome.ThrowsAsItShouldThroughAScope")),
              TestFailed("Outcome.ThrowsAsItShouldThroughAScope",
                         ElementsAre(HasSubstr("left behind 1 descriptor"))));
}

TEST(VerdictTest, AnExceptionThatIsMeantUsesUpNoCount) {
  ChildOptions options = Filter("Outcome.ThrowsAsItShouldThroughAScope");
  options.args.push_back("--leaktrap_tolerate=descriptors:1");
  EXPECT_THAT(RunBinary("outcomes_child", options),
              AllOf(AllPassed(), Console(HasSubstr("0 leaks, 1 tolerated"))));
}

TEST(VerdictTest, AnEnvironmentThatIsMadeTooLateIsAnError) {
  EXPECT_THAT(RunBinary("outcomes_child", Filter("Outcome.RegistersTooLate")),
              TestFailed("Outcome.RegistersTooLate",
                         ElementsAre(HasSubstr("after the tests had begun"))));
}

TEST(VerdictTest, ADescriptorThatThePoolForgotToCloseIsFound) {
  EXPECT_THAT(RunBinary("leaks_child", Filter("Pool.*")),
              AllOf(TestPassed("Pool.OpensAConnectionThatStaysIdle"),
                    TestFailed("Pool.LetsItGoAndDoesNotCloseIt",
                               ElementsAre(HasSubstr("1 descriptor:")))));
}

TEST(VerdictTest, AnIdleConnectionThatIsLostIsToldOnceWithItsDescriptor) {
  EXPECT_THAT(RunBinary("leaks_child", Filter("PoolLoses.*")),
              AllOf(TestPassed("PoolLoses.KeepsAConnection"),
                    TestFailed("PoolLoses.LeasesItAndForgets",
                               ElementsAre(HasSubstr(
                                   "left behind 1 descriptor, 1 connection:"))),
                    FailuresOutsideTests(IsEmpty())));
}

TEST(VerdictTest, AnIdleConnectionIsKeptAlsoWhenConnectionsAreOff) {
  ChildOptions options = Filter("Clean.IdleConnectionKeepsItsDescriptor");
  options.args.push_back("--leaktrap_mode=connections:off");
  EXPECT_THAT(RunBinary("leaks_child", options), AllPassed());
}

TEST(VerdictTest, LimitsOnPoolsFailTheTest) {
  const ChildResult child = RunBinary("leaks_child", Filter("Limit.*"));
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              TestFailed("Limit.MaxIdle",
                         ElementsAre(AllOf(
                             HasSubstr("went beyond a limit: pool \"db\" keeps "
                                       "idle 2 of its connections"),
                             HasSubstr("MaxIdle(\"db\", 1) allows 1")))));
  EXPECT_THAT(child, TestFailed("Limit.MaxLeasedOfAPoolThatCannotTell",
                                ElementsAre(HasSubstr("cannot tell"))));
  EXPECT_THAT(child, Console(HasSubstr(", 2 limits exceeded, ")));
}

TEST(VerdictTest, AnEventfdIsNotTakenForAnEpoll) {
  EXPECT_THAT(RunBinary("leaks_child", Filter("Swap.*")),
              TestFailed("Swap.EpollAtTheNumberOfAnEventfd",
                         ElementsAre(AllOf(HasSubstr("the scope of line"),
                                           HasSubstr(": epoll")))));
}

// A thread of the suite that opens the next descriptor and closes the last.
TEST(VerdictTest, WhatASuitesThreadRenewsIsNoTestsLeak) {
  ChildOptions options;
  options.env["LEAKTRAP_LINGER"] = "300ms";
  const ChildResult child = RunBinary("churn_child", options);
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(HasSubstr("at each look they were others")));
}

TEST(VerdictTest, AForkedChildIsToldThatItsScopeIsNotChecked) {
  EXPECT_THAT(RunBinary("scopes_child", Filter("Fork.*")),
              Console(HasSubstr("stands in a forked child")));
}

TEST(VerdictTest, ThrowOnFailureDoesNotAbort) {
  ChildOptions every_test = Filter("-SlowLeak.*");
  every_test.args.push_back("--gtest_throw_on_failure");
  ExpectLeaksFoundAndTwinsClean(RunBinary("leaks_child", every_test));
  ChildOptions scope = Filter("Scope.LeaksOnce");
  scope.args.push_back("--gtest_throw_on_failure");
  EXPECT_THAT(RunBinary("scopes_child", scope),
              AllOf(ExitedWith(1), TestFailed("Scope.LeaksOnce")));
}

TEST(VerdictTest, AUsersOwnProbe) {
  const ChildResult child = RunBinary("probe_child");
  EXPECT_THAT(child, TestFailed("Lock.LeftHeld",
                                ElementsAre(HasSubstr("file lock 17"))));
  EXPECT_THAT(child, TestPassed("Lock.GivenBack"));
  EXPECT_THAT(
      child,
      TestFailed("Lock.ProbeGoesBlind",
                 ElementsAre(HasSubstr("could not look after "
                                       "Lock.ProbeGoesBlind: cannot read the "
                                       "table of locks"))));
}

TEST(VerdictTest, AProbeThatThrowsCouldNotLook) {
  ChildOptions options;
  options.env["PROBE_THROWS"] = "1";
  EXPECT_THAT(RunBinary("probe_child", options),
              AllOf(ExitedWith(1),
                    TestFailed("Lock.GivenBack",
                               ElementsAre(HasSubstr("a probe threw: ")))));
}

TEST(VerdictTest, AProbeThatNobodyLookedThroughIsAnError) {
  EXPECT_THAT(
      RunBinary("probe_child", Filter("FixtureThatRegistersAProbe.*")),
      TestFailed("FixtureThatRegistersAProbe.TooLateAndTooShort",
                 ElementsAre(HasSubstr("came and went without a look"))));
}

TEST(VerdictTest, EveryDescriptorUsedUp) {
  const ChildResult child = RunBinary("exhausted_child");
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              TestFailed("Exhausted.EveryDescriptorIsLeaked",
                         ElementsAre(AllOf(
                             ContainsRegex("left behind 1 thread, [0-9]+ "
                                           "descriptors:"),
                             HasSubstr("character devices at /dev/null")))));
  EXPECT_THAT(child, TestPassed("Exhausted.TheNextTestIsClean"));
}

// GoogleTest opens its XML after each round, and aborts if it cannot.
TEST(VerdictTest, EveryDescriptorUsedUpInEachRound) {
  ChildOptions options;
  options.args = {"--gtest_repeat=3"};
  const ChildResult child = RunBinary("exhausted_child", options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, TestFailed("Exhausted.EveryDescriptorIsLeaked"));
}

TEST(VerdictTest, EnvironmentInAMainOfItsOwn) {
  for (const char* binary :
       {"environment_child", "environment_and_auto_child"}) {
    const ChildResult child = RunBinary(binary);
    EXPECT_THAT(child, ExitedWith(1));
    // Once, also when it is registered twice.
    EXPECT_THAT(child, TestFailed("Leak.Descriptor",
                                  ElementsAre(HasSubstr("1 descriptor"))));
    EXPECT_THAT(child, TestPassed("Ignored.ThreadByName"));
    EXPECT_THAT(child, TestPassed("Clean.Empty"));
  }
}

TEST(VerdictTest, ASecondEnvironmentAddsItsOptions) {
  ChildOptions options;
  options.env["SECOND_ENVIRONMENT"] = "1";
  EXPECT_THAT(RunBinary("environment_child", options), AllPassed());
}

TEST(VerdictTest, ARuleWithoutAReasonFailsTheRunInOneLine) {
  ChildOptions options;
  options.env["RULE_WITHOUT_REASON"] = "1";
  const ChildResult child = RunBinary("environment_child", options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child,
              FailuresOutsideTests(ElementsAre(HasSubstr(
                  "Leaktrap: IgnoreThread(\"worker\", \"\"): the reason is "
                  "empty"))));
  // None is skipped: CTest would take the run for one that was.
  EXPECT_THAT(child, TestPassed("Leak.Descriptor"));
  EXPECT_THAT(child, Console(HasSubstr("Leaktrap: no test was checked: ")));
}

// A tmpfs over /proc, in a mount namespace of its own.
TEST(VerdictTest, WithoutProcTheRunFailsInOneLine) {
#ifdef LEAKTRAP_TEST_LSAN
  GTEST_SKIP() << "LeakSanitizer can do nothing there, and fails the program";
#endif
  ChildOptions options;
  options.wrapper = {"/usr/bin/unshare",
                     "--user",
                     "--map-root-user",
                     "--mount",
                     "/bin/sh",
                     "-c",
                     "mount -t tmpfs none /proc && exec \"$0\" \"$@\""};
  const ChildResult child = RunBinary("leaks_child", options);
  EXPECT_THAT(child, ExitedWith(1));
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(
                         AllOf(HasSubstr("Leaktrap could not look, so nothing "
                                         "is checked for leaks: "),
                               HasSubstr("/proc")))));
  EXPECT_THAT(child, Console(HasSubstr("Leaktrap: no test was checked: ")));
  // What the tests themselves found out is not lost.
  EXPECT_THAT(child, TestPassed("Clean.Descriptor"));
}

}  // namespace
}  // namespace leaktrap
