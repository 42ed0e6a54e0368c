#include "leaktrap/report/origin_text.h"

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/stack/capture.h"

namespace leaktrap::internal {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

__attribute__((noinline)) Origin OriginHere(const std::string& call) {
  Origin origin;
  origin.sequence = 1;
  origin.call = call;
  origin.tid = 4711;
  uintptr_t addresses[32];
  const int count = CaptureStack(nullptr, addresses, 32);
  origin.stack.assign(addresses, addresses + count);
  return origin;
}

TEST(OriginTextTest, TheCallAndTheStack) {
  EXPECT_THAT(OriginText(OriginHere("open"), 4),
              ContainsRegex("^\n    made by open\\(\\) at\n      "
                            "leaktrap::internal::.*OriginHere "
                            "lib/leaktrap/report/origin_text_test.cc:[0-9]+"));
}

TEST(OriginTextTest, WithoutAStack) {
  Origin origin = OriginHere("open");
  origin.stack.clear();
  EXPECT_EQ(OriginText(origin, 2), "\n  made by open() on thread 4711");
  origin.stack_was_lost = true;
  EXPECT_EQ(OriginText(origin, 2),
            "\n  made by open() on thread 4711; there was no room left for its "
            "stack");
}

TEST(OriginTextTest, OthersThanMadeHere) {
  EXPECT_EQ(OriginText(Origin(), 4), "\n    origin not recorded");
  EXPECT_THAT(OriginText(OriginHere("recvmsg"), 4),
              HasSubstr("\n    received by recvmsg() at\n"));
  EXPECT_THAT(OriginText(OriginHere("checkout"), 4),
              HasSubstr("\n    checked out at\n"));
  EXPECT_EQ(OriginText(OriginHere("exec"), 4),
            "\n    open since the program began");
  Origin origin = OriginHere("open");
  origin.taken_by = "fdopen";
  EXPECT_THAT(OriginText(origin, 4),
              HasSubstr("made by open(), then taken over by fdopen(), at\n"));
}

TEST(ReleaseHintTest, IsThatOfTheMaker) {
  Resource resource;
  resource.release = "close it (close(2))";
  EXPECT_EQ(ReleaseHint(resource), "close it (close(2))");
  resource.origin = OriginHere("open");
  EXPECT_EQ(ReleaseHint(resource), "close it (close(2))");
  resource.origin->taken_by = "fdopen";
  EXPECT_THAT(ReleaseHint(resource), HasSubstr("fclose(3)"));
  resource.origin = OriginHere("opendir");
  EXPECT_THAT(ReleaseHint(resource), HasSubstr("closedir(3)"));
}

TEST(ReleaseHintTest, NobodyIsToldToJoinADetachedThread) {
  Resource resource;
  resource.release = "join it";
  resource.origin = OriginHere("pthread_create");
  EXPECT_EQ(ReleaseHint(resource), "join it");
  resource.origin->is_detached = true;
  EXPECT_THAT(ReleaseHint(resource), HasSubstr("tell it to end"));
}

TEST(ActivityTextTest, TheCallTheDescriptorAndTheStack) {
  Activity now;
  now.syscall = "recvfrom";
  now.descriptor = 7;
  now.stack = OriginHere("").stack;
  now.certain = now.stack.size();
  EXPECT_THAT(ActivityText(now, 4),
              EndsWith("\n      ... the rest is not known"));
  now.is_complete = true;
  EXPECT_THAT(ActivityText(now, 4), Not(HasSubstr("not known")));
  EXPECT_THAT(ActivityText(now, 4),
              ContainsRegex("^\n    now in recvfrom\\(\\) on descriptor 7 at\n"
                            "      leaktrap::internal::.*OriginHere "
                            "lib/leaktrap/report/origin_text_test.cc:[0-9]+"));
}

TEST(ActivityTextTest, SaysWhatIsAGuess) {
  Activity now;
  now.stack = OriginHere("").stack;
  now.certain = 1;
  EXPECT_THAT(ActivityText(now, 2),
              HasSubstr("\n  now at (by best effort)\n    "));
}

TEST(ActivityTextTest, WithoutAStack) {
  Activity now;
  EXPECT_EQ(ActivityText(now, 2), "");
  now.why_not = "running";
  EXPECT_EQ(ActivityText(now, 2), "\n  now: its stack is not known: running");
}

TEST(LeakTextTest, AlikeOnesOfOneMakerAreOneParagraph) {
  std::vector<Resource> leaks;
  const Origin here = OriginHere("open");
  for (uint64_t number = 3; number < 6; ++number) {
    Resource leak;
    leak.identity = {Kind::kDescriptor, 0, number, {}};
    leak.description = std::to_string(number) + ": /tmp/x";
    leak.likeness = "files in /tmp";
    leak.origin = number == 5 ? Origin() : here;
    if (number == 4) leak.origin->sequence = 2;
    leaks.push_back(leak);
  }
  EXPECT_THAT(LeakText("A.Test", leaks, {}),
              AllOf(HasSubstr("\n  2 descriptors, files in /tmp:\n"),
                    HasSubstr("\n    made by open() at\n"),
                    HasSubstr("\n  descriptor 5: /tmp/x\n"
                              "    origin not recorded\n")));
}

TEST(LeakTextTest, ShowsTheHint) {
  Resource leak;
  leak.identity = {Kind::kDescriptor, 0, 7, {}};
  leak.hint = "what may help";
  EXPECT_THAT(LeakText("A.Test", {leak}, {}), HasSubstr("\n    what may help"));
}

TEST(ReleasesTextTest, AForeignReleaseNamesMakerAndPlace) {
  ForeignRelease foreign;
  foreign.identity = {Kind::kDescriptor, 0, 7, {1, 2, S_IFSOCK | 0777}};
  EXPECT_EQ(ForeignReleasesText("A.Test", {foreign}),
            "A.Test closed 1 descriptor that it had not opened:\n"
            "  descriptor 7, a socket");
  foreign.release.emplace();
  foreign.release->made = OriginHere("socket");
  foreign.release->tid = 12;
  foreign.release->stack = OriginHere("close").stack;
  EXPECT_THAT(ForeignReleasesText("A.Test", {foreign}),
              AllOf(HasSubstr("\n    made by socket() at\n"),
                    HasSubstr("\n    closed on thread 12 at\n")));
}

TEST(ReleasesTextTest, ARepeatedReleaseNamesBothPlaces) {
  Release release;
  release.number = 7;
  release.made = OriginHere("open");
  release.tid = 12;
  release.stack = OriginHere("close").stack;
  release.first_at = release.stack[0];
  EXPECT_THAT(RepeatedReleasesText("A.Test", {release}),
              AllOf(HasSubstr("A.Test closed a descriptor that was closed "
                              "already"),
                    HasSubstr("\n  descriptor 7\n    made by open() at\n"),
                    HasSubstr("\n    closed first at\n"),
                    HasSubstr("\n    and again, on thread 12, at\n")));
}

TEST(ReleasesTextTest, AreBounded) {
  const std::vector<LateRelease> late(30, {"descriptor 7: /tmp/x", "A.Test"});
  EXPECT_THAT(LateReleasesText("B.Test", late), HasSubstr("\n  and 20 more"));
  EXPECT_THAT(ForeignReleasesText("B.Test", std::vector<ForeignRelease>(11)),
              HasSubstr("\n  and 1 more"));
  EXPECT_THAT(ForeignReleasesText("B.Test", std::vector<ForeignRelease>(10)),
              Not(HasSubstr("more")));
}

}  // namespace
}  // namespace leaktrap::internal
