#include "leaktrap/origin/recording.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::Not;

// Gives the recording back that it found.
class RecordingTest : public testing::Test {
 protected:
  ~RecordingTest() override { SetRecording(before_); }

  const Recording before_ = GetRecording();
};

CallSite HereSite() { return {"open", __builtin_return_address(0)}; }

TEST_F(RecordingTest, NumbersTheCallsInTheirOrder) {
  EXPECT_EQ(before_, Recording::kStacks);
  const uint64_t first = BeginCreation();
  EXPECT_GT(first, 0u);
  EXPECT_EQ(LastSequence(), first);
  EXPECT_EQ(BeginCreation(), first + 1);
}

TEST_F(RecordingTest, NumbersNothingWhenItIsOff) {
  const uint64_t last = LastSequence();
  SetRecording(Recording::kOff);
  EXPECT_EQ(BeginCreation(), 0u);
  EXPECT_EQ(LastSequence(), last);
}

TEST_F(RecordingTest, RecordsAsMuchAsItIsTold) {
  SetRecording(Recording::kCalls);
  const CreationRecord call = RecordCreation(BeginCreation(), HereSite());
  EXPECT_STREQ(call.call, "open");
  EXPECT_EQ(call.tid, gettid());
  EXPECT_EQ(call.stack, 0u);
  EXPECT_EQ(RecordReleaseStack(HereSite().caller), 0u);

  SetRecording(Recording::kStacks);
  const CreationRecord stack = RecordCreation(BeginCreation(), HereSite());
  EXPECT_THAT(StackOf(stack.stack), Not(IsEmpty()));
  EXPECT_EQ(RecordReleaseStack(HereSite().caller), 0u);

  SetRecording(Recording::kReleases);
  EXPECT_NE(RecordCreation(BeginCreation(), HereSite()).stack, 0u);
  EXPECT_THAT(StackOf(RecordReleaseStack(HereSite().caller)), Not(IsEmpty()));
}

TEST_F(RecordingTest, GivesTheSamePlaceTheSameStack) {
  std::vector<StackId> stacks;
  for (int i = 0; i < 3; ++i) {
    stacks.push_back(RecordCreation(BeginCreation(), HereSite()).stack);
  }
  EXPECT_EQ(stacks[0], stacks[2]);
  EXPECT_EQ(stacks[1], stacks[2]);
}

TEST_F(RecordingTest, TellsAllOfARecord) {
  const CreationRecord record = RecordCreation(BeginCreation(), HereSite());
  const Origin origin = ToOrigin(record);
  EXPECT_EQ(origin.sequence, record.sequence);
  EXPECT_EQ(origin.call, "open");
  EXPECT_EQ(origin.tid, record.tid);
  EXPECT_EQ(origin.charged_to, 0u);
  EXPECT_THAT(origin.stack, ElementsAreArray(StackOf(record.stack)));
  EXPECT_FALSE(origin.stack_was_lost);
}

TEST_F(RecordingTest, TellsALostStackFromNone) {
  CreationRecord record = {1, "open", 0, 1, 0};
  EXPECT_FALSE(ToOrigin(record).stack_was_lost);
  record.stack = kLostStack;
  EXPECT_TRUE(ToOrigin(record).stack_was_lost);
}

TEST_F(RecordingTest, KeepsErrno) {
  SetRecording(Recording::kReleases);
  errno = ENOTTY;
  RecordCreation(BeginCreation(), HereSite());
  RecordReleaseStack(HereSite().caller);
  InRecordedProcess();
  CurrentTid();
  EXPECT_EQ(errno, ENOTTY);
}

TEST_F(RecordingTest, AChildOfVforkIsNotRecorded) {
  ASSERT_TRUE(InRecordedProcess());
  ExpectVfork();  // without the recorder nobody else does
  const pid_t child = vfork();
  if (child == 0) _exit(InRecordedProcess() ? 1 : 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(InRecordedProcess());
}

TEST_F(RecordingTest, AChildOfForkIsAProcessOfItsOwn) {
  const int tid = CurrentTid();
  ExpectVfork();
  const pid_t child = fork();
  if (child == 0) {
    AdoptProcess();
    _exit(InRecordedProcess() && CurrentTid() != tid ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(CurrentTid(), tid);
}

}  // namespace
}  // namespace leaktrap::internal
