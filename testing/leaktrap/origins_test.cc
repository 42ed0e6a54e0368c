// Verdicts with a maker, and those that take the recorder to see.

#include <string>
#include <vector>

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
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kChild[] = "testing/leaktrap/children/origins_child";

ChildResult RunOrigins(const std::string& filter,
                       std::vector<std::string> args = {},
                       const std::string& variable = "") {
  ChildOptions options;
  if (!variable.empty()) options.env[variable] = "1";
  options.args = std::move(args);
  options.args.push_back("--gtest_filter=" + filter);
  return RunChild(kChild, options);
}

TEST(OriginsTest, AThreadThatFinishedAndWasNotJoinedIsALeak) {
  const ChildResult child = RunOrigins("Thread.*");
  EXPECT_THAT(
      child,
      TestFailed("Thread.FinishedAndNotJoined",
                 ElementsAre(AllOf(HasSubstr("left behind 1 thread:"),
                                   HasSubstr("\"short-lived\", finished, and "
                                             "never joined or detached\n"),
                                   HasSubstr("\n    made by pthread_create() "
                                             "at\n"),
                                   HasSubstr("origins_child.cc:")))));
  EXPECT_THAT(child, TestPassed("Thread.FinishedAndDetached"));
  EXPECT_THAT(child, TestPassed("Thread.FinishedAndJoined"));
}

TEST(OriginsTest, AThreadOfTheSuitesMayEndInATest) {
  EXPECT_THAT(RunOrigins("SuiteThread.*"), AllPassed());
}

TEST(OriginsTest, MadeAnewAtTheSameNumberIsALeak) {
  const ChildResult child = RunOrigins("SuiteDescriptor.*");
  EXPECT_THAT(child,
              TestFailed("SuiteDescriptor.EventfdMadeAnewAtItsNumber",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 1 descriptor:"),
                             HasSubstr("made by eventfd() at"),
                             HasSubstr("which was there before, is gone; if "
                                       "this one takes its place, allow it: "
                                       "AllowReplacement(Kind::kDescriptor, "
                                       "\"eventfd\", reason)")))));
  EXPECT_THAT(child, TestFailed("SuiteDescriptor.FileMadeAnewByAnother",
                                ElementsAre(HasSubstr("::OpenCache "))));
  EXPECT_THAT(child, TestPassed("SuiteDescriptor.DuplicatedOverAndPutBack"));
}

TEST(OriginsTest, WhatATestClosedAndDidNotOpenIsNoted) {
  const ChildResult child = RunOrigins("SuiteDescriptor.ClosedOnly");
  EXPECT_THAT(child, TestPassed("SuiteDescriptor.ClosedOnly"));
  EXPECT_THAT(
      child,
      Console(AllOf(
          HasSubstr("Leaktrap, only a note without --leaktrap_strict: "
                    "SuiteDescriptor.ClosedOnly closed 1 descriptor that it "
                    "had not opened:\n"),
          ContainsRegex("  descriptor [0-9]+, a device\n    made by open\\(\\) "
                        "at\n(.*\n)*.*::OpenCache .*\n(.*\n)*    closed on "
                        "thread [0-9]+ at\n.*ClosedOnly_Test::TestBody "))));
  EXPECT_THAT(RunOrigins("SuiteDescriptor.ClosedOnly", {"--leaktrap_strict"}),
              TestFailed("SuiteDescriptor.ClosedOnly",
                         ElementsAre(HasSubstr("that it had not opened"))));
}

TEST(OriginsTest, TheWholeStackOfAReleaseIsToldOnRequest) {
  EXPECT_THAT(RunOrigins("TwiceClosed.*", {"--leaktrap_record=releases"}),
              Console(HasSubstr("and again, on thread ")));
}

TEST(OriginsTest, AReplacementByTheSameStackIsANote) {
  const ChildResult child = RunOrigins("Replacement.BySameStack");
  EXPECT_THAT(child, Console(HasSubstr(
                         "only a note since each took the place of one that "
                         "the same call had made: Replacement.BySameStack, the "
                         "scope of line ")));
}

TEST(OriginsTest, AReplacementIsALeakWithoutTheRule) {
  EXPECT_THAT(RunOrigins("Replacement.BySameStack",
                         {"--leaktrap_disable_rules=same_maker"}),
              TestFailed("Replacement.BySameStack"));
}

TEST(OriginsTest, WhatIsReplacedIsNotToldAsClosed) {
  const ChildResult child = RunOrigins("Rotated.*", {"--leaktrap_strict"});
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(AllOf(HasSubstr("tolerated: descriptor"),
                                   Not(HasSubstr("had not opened")))));
}

TEST(OriginsTest, WhatIsReplacedIsChargedToWhoMadeTheFirstOne) {
  const ChildResult child = RunOrigins("Rotated.*", {}, "ROTATED_FOR_GOOD");
  EXPECT_THAT(child, TestPassed("Rotated.InAScopeThatAllowsIt"));
  EXPECT_THAT(child, FailuresOutsideTests(ElementsAre(
                         HasSubstr("The test suite Rotated, outside its tests, "
                                   "left behind 1 descriptor:"))));
}

TEST(OriginsTest, WhatIsClosedTwiceIsNoted) {
  const ChildResult child = RunOrigins("TwiceClosed.*");
  EXPECT_THAT(child, AllPassed());
  EXPECT_THAT(child, Console(AllOf(
                         HasSubstr("TwiceClosed.ByTheTest closed a descriptor "
                                   "that was closed already"),
                         HasSubstr("made by open() at"),
                         HasSubstr("closed first at"))));
  EXPECT_THAT(RunOrigins("TwiceClosed.*", {"--leaktrap_strict"}),
              TestFailed("TwiceClosed.ByTheTest"));
}

TEST(OriginsTest, WhatALeakedThreadMakesLaterIsChargedToItsTest) {
  const ChildResult child = RunOrigins("Descent.*");
  EXPECT_THAT(child, TestFailed("Descent.LeaksAThread"));
  EXPECT_THAT(child, TestPassed("Descent.IsChargedWithItsOwnOnly"));
  EXPECT_THAT(
      child,
      Console(AllOf(HasSubstr("only a note since others are charged: "
                              "Descent.IsChargedWithItsOwnOnly left behind 1 "
                              "thread, 2 descriptors:"),
                    HasSubstr("made by a thread that Descent.LeaksAThread left "
                              "behind"))));
}

TEST(OriginsTest, ALeakThatIsReleasedLaterIsNoted) {
  const ChildResult child = RunOrigins("Late.*");
  EXPECT_THAT(child, TestFailed("Late.Leaks"));
  EXPECT_THAT(child, TestPassed("Late.Releases"));
  EXPECT_THAT(child, Console(ContainsRegex(
                         "Late.Releases saw these released late:\n  descriptor "
                         "[0-9]+: .*/dev/null.*, left behind by Late.Leaks, "
                         "gone within ")));
  EXPECT_THAT(child, Console(Not(HasSubstr("had not opened"))));
}

TEST(OriginsTest, ARuleIgnoresByCreator) {
  EXPECT_THAT(RunOrigins("Rule.*"), AllPassed());
  EXPECT_THAT(
      RunOrigins("Late.Leaks", {"--leaktrap_ignore_created_by=*::OpenNull"}),
      AllPassed());
}

TEST(OriginsTest, WithoutRecordingThereIsNoMaker) {
  const ChildResult child =
      RunOrigins("Late.*:Thread.*:Rule.*", {"--leaktrap_record=off"});
  EXPECT_THAT(child,
              TestFailed("Late.Leaks", ElementsAre(Not(HasSubstr("made by")))));
  EXPECT_THAT(child, TestPassed("Thread.FinishedAndNotJoined"));
  EXPECT_THAT(child, TestFailed("Rule.IgnoresByCreator"));
}

TEST(OriginsTest, ARuleThatNeedsTheRecorderSaysSo) {
  EXPECT_THAT(RunOrigins("Late.Leaks", {"--leaktrap_record=off",
                                        "--leaktrap_ignore_created_by=*"}),
              AllOf(ExitedWith(1),
                    Console(HasSubstr("IgnoreCreatedBy(\"*\", \"from "
                                      "--leaktrap_ignore_created_by\") leaves "
                                      "out nothing, since nobody records"))));
}

TEST(OriginsTest, LinesCanBeSwitchedOff) {
  ChildOptions options;
  options.args = {"--gtest_filter=Late.Leaks"};
  options.env["LEAKTRAP_SYMBOLIZER"] = "";
  EXPECT_THAT(
      RunChild(kChild, options),
      TestFailed("Late.Leaks",
                 ElementsAre(HasSubstr("::OpenNull (origins_child+0x"))));
}

TEST(OriginsTest, CallsAloneHaveNoStack) {
  EXPECT_THAT(RunOrigins("Late.Leaks", {"--leaktrap_record=calls"}),
              TestFailed("Late.Leaks",
                         ElementsAre(ContainsRegex(
                             "    made by open\\(\\) on thread [0-9]+\n"))));
}

}  // namespace
}  // namespace leaktrap
