#include "leaktrap/origin/descriptor_ledger.h"

#include <cerrno>
#include <climits>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"

// Without the recorder: the numbers are made up, none is open.

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const char kFirst = 0, kSecond = 0;  // two places to close at

uint64_t Record(int fd, const char* call = "open") {
  const uint64_t sequence = BeginCreation();
  RecordDescriptor(sequence, fd, {call, __builtin_return_address(0)});
  return sequence;
}

uint64_t SequenceOf(int fd) { return FindDescriptor(fd).made.sequence; }

TEST(DescriptorLedger, KnowsWhatWasRecorded) {
  EXPECT_EQ(SequenceOf(900), 0u);
  const uint64_t sequence = Record(900, "socket");
  const DescriptorRecord record = FindDescriptor(900);
  EXPECT_EQ(record.made.sequence, sequence);
  EXPECT_STREQ(record.made.call, "socket");
  EXPECT_EQ(record.made.tid, CurrentTid());
  EXPECT_EQ(record.file, sequence);
  EXPECT_EQ(record.taken_by, nullptr);
  EXPECT_FALSE(StackOf(record.made.stack).empty());
  EXPECT_EQ(SequenceOf(899), 0u);
  EXPECT_EQ(SequenceOf(901), 0u);
}

TEST(DescriptorLedger, HasNoPlaceForOtherNumbers) {
  for (const int fd : {-1, INT_MIN, INT_MAX, 1 << 20}) {
    Record(fd);
    RecordInherited(fd);
    RecordTakenOver(fd, "fdopen");
    EXPECT_EQ(SequenceOf(fd), 0u) << fd;
    EndClose(BeginClose(fd, &kFirst), EBADF, &kFirst);
    CancelClose(BeginClose(fd, &kFirst));
  }
  const int last = (1 << 20) - 1;
  EXPECT_EQ(SequenceOf(last), 0u);
  const uint64_t sequence = Record(last);
  EXPECT_EQ(SequenceOf(last), sequence);
  ForgetRange(last, ~0u, &kFirst);
  EXPECT_EQ(SequenceOf(last), 0u);
}

TEST(DescriptorLedger, RecordsNothingForNoCreation) {
  RecordDescriptor(0, 902, {"open", nullptr});
  EXPECT_EQ(SequenceOf(902), 0u);
}

TEST(DescriptorLedger, DuplicatesShareTheFile) {
  const uint64_t original = Record(910);
  const uint64_t sequence = BeginCreation();
  RecordDuplicate(sequence, 911, 910, {"dup", nullptr});
  EXPECT_EQ(FindDescriptor(911).file, original);
  EXPECT_EQ(SequenceOf(911), sequence);
  RecordDuplicate(BeginCreation(), 912, 911, {"dup", nullptr});
  EXPECT_EQ(FindDescriptor(912).file, original) << "also of a duplicate";
  RecordDuplicate(BeginCreation(), 913, 999, {"dup", nullptr});
  EXPECT_EQ(FindDescriptor(913).file, 0u) << "of one that is not known";
}

TEST(DescriptorLedger, KnowsTheInherited) {
  RecordInherited(920);
  EXPECT_STREQ(FindDescriptor(920).made.call, "exec");
  EXPECT_EQ(FindDescriptor(920).made.stack, 0u);
  EXPECT_EQ(FindDescriptor(920).file, SequenceOf(920));
  const uint64_t sequence = Record(921);
  RecordInherited(921);
  EXPECT_EQ(SequenceOf(921), sequence);
}

TEST(DescriptorLedger, KnowsWhoTookItOver) {
  Record(930);
  RecordTakenOver(930, "fdopen");
  EXPECT_STREQ(FindDescriptor(930).taken_by, "fdopen");
  Record(930);
  EXPECT_EQ(FindDescriptor(930).taken_by, nullptr) << "another one by now";
}

TEST(DescriptorLedger, ForgetsWhatIsClosed) {
  const uint64_t sequence = Record(940);
  const ClosingDescriptor closing = BeginClose(940, &kFirst);
  EXPECT_EQ(closing.fd, 940);
  EXPECT_EQ(closing.made.sequence, sequence);
  EXPECT_EQ(closing.first_at, nullptr);
  EXPECT_EQ(SequenceOf(940), 0u) << "before the number can be given again";
  CancelClose(closing);
  EXPECT_EQ(SequenceOf(940), sequence);
  EndClose(BeginClose(940, &kFirst), 0, &kFirst);
  EXPECT_EQ(SequenceOf(940), 0u);
}

TEST(DescriptorLedger, ForgetsARange) {
  for (int fd = 950; fd < 956; ++fd) Record(fd);
  ForgetRange(952, 953, &kFirst);
  EXPECT_NE(SequenceOf(951), 0u);
  EXPECT_EQ(SequenceOf(952), 0u);
  EXPECT_EQ(SequenceOf(953), 0u);
  EXPECT_NE(SequenceOf(954), 0u);
  ForgetRange(950, ~0u, &kFirst);
  EXPECT_EQ(SequenceOf(950), 0u);
  EXPECT_EQ(SequenceOf(955), 0u);
}

// With maker, first and second place; only where nothing was closed by it.
TEST(DescriptorLedger, LogsASecondClose) {
  const uint64_t sequence = Record(960, "socket");
  const uint64_t before = LoggedReleases();
  EndClose(BeginClose(960, &kFirst), 0, &kFirst);
  EXPECT_THAT(ReleasesAfter(before), IsEmpty());

  EndClose(BeginClose(960, &kSecond), 0, &kSecond);
  EXPECT_THAT(ReleasesAfter(before), IsEmpty()) << "opened out of our sight";

  EndClose(BeginClose(960, &kSecond), EBADF, &kSecond);
  const std::vector<ReleaseRecord> releases = ReleasesAfter(before);
  ASSERT_THAT(releases, SizeIs(1));
  EXPECT_EQ(releases[0].kind, Kind::kDescriptor);
  EXPECT_EQ(releases[0].number, 960u);
  EXPECT_EQ(releases[0].made.sequence, sequence);
  EXPECT_STREQ(releases[0].made.call, "socket");
  EXPECT_EQ(releases[0].first_at, &kFirst);
  EXPECT_EQ(releases[0].at, &kSecond);
  EXPECT_EQ(releases[0].tid, CurrentTid());

  Record(960);
  EndClose(BeginClose(960, &kSecond), 0, &kSecond);
  EXPECT_THAT(ReleasesAfter(before), SizeIs(1)) << "a new one under the number";
}

TEST(DescriptorLedger, LogsTheCloseOfTheOlder) {
  const uint64_t old = Record(970);
  Record(971);
  LogReleasesOfOlderThan(old);
  const uint64_t before = LoggedReleases();
  EndClose(BeginClose(970, &kFirst), 0, &kFirst);
  EndClose(BeginClose(971, &kFirst), 0, &kFirst);
  const std::vector<ReleaseRecord> releases = ReleasesAfter(before);
  ASSERT_THAT(releases, SizeIs(1));
  EXPECT_EQ(releases[0].made.sequence, old);
  EXPECT_EQ(releases[0].at, &kFirst);
  EXPECT_EQ(releases[0].first_at, nullptr);
  EXPECT_EQ(releases[0].stack, 0u) << "unless those are asked for";

  SetRecording(Recording::kReleases);
  const uint64_t other = Record(972);
  LogReleasesOfOlderThan(other);
  ForgetRange(972, 972, __builtin_return_address(0));
  ASSERT_THAT(ReleasesAfter(before), SizeIs(2));
  const std::vector<uintptr_t> stack = StackOf(ReleasesAfter(before)[1].stack);
  ASSERT_FALSE(stack.empty());
  EXPECT_EQ(stack[0], reinterpret_cast<uintptr_t>(__builtin_return_address(0)));
  SetRecording(Recording::kStacks);
  LogReleasesOfOlderThan(0);
}

TEST(DescriptorLedger, KeepsErrno) {
  LogReleasesOfOlderThan(~uint64_t{0});
  errno = ENOTTY;
  Record(980);
  RecordDuplicate(BeginCreation(), 981, 980, {"dup", nullptr});
  RecordInherited(982);
  RecordTakenOver(982, "fdopen");
  EndClose(BeginClose(980, &kFirst), 0, &kFirst);
  EndClose(BeginClose(980, &kFirst), EBADF, &kFirst);
  ForgetRange(980, 989, &kFirst);
  EXPECT_EQ(errno, ENOTTY);
  LogReleasesOfOlderThan(0);
}

}  // namespace
}  // namespace leaktrap::internal
