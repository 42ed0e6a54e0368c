#include "leaktrap/origin/thread_ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/origin/release_log.h"

// Without the recorder: threads that the tests make go unseen, but for those
// that they record themselves.

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

ThreadStart StartOf(void* (*function)(void*), void* argument = nullptr) {
  return {reinterpret_cast<void (*)()>(function), argument};
}

void* ReturnArgument(void* argument) { return argument; }

CallSite Site() { return {"pthread_create", __builtin_return_address(0)}; }

// A handle that no thread has.
pthread_t MadeUp(int number) { return static_cast<pthread_t>(number) * 4096; }

// The parts of a thread's life, to be put together in any order.
ThreadRecord* Begin(bool detached = false) {
  return BeginThread(Site(), StartOf(ReturnArgument), detached);
}

void EndWith(ThreadRecord* record, int number) {
  const pthread_t handle = MadeUp(number);
  EndThread(record, &handle);
}

// The record that a call that joins it would mark.
ThreadRecord* FindThread(pthread_t handle) {
  ThreadRecord* const record = BeginRelease(handle);
  CancelRelease(record);
  return record;
}

// Runs it to its end, on a thread of its own.
void Finish(ThreadRecord* record) {
  std::thread([&] { RunRecordedThread(record); }).join();
}

void ExpectNothingLeft() {
  EXPECT_THAT(RunningThreads(), IsEmpty());
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

TEST(ThreadLedger, RunsTheFunctionWithItsArgument) {
  int value = 0;
  ThreadRecord* const record =
      BeginThread(Site(), StartOf(ReturnArgument, &value), false);
  pthread_t handle;
  ASSERT_EQ(pthread_create(&handle, nullptr, RunRecordedThread, record), 0);
  EndThread(record, &handle);
  ThreadRecord* const found = FindThread(handle);
  void* result = nullptr;
  ASSERT_EQ(pthread_join(handle, &result), 0);
  EXPECT_EQ(result, &value);
  EXPECT_EQ(found, record);
  ASSERT_THAT(FinishedThreads(), SizeIs(1));
  EXPECT_STREQ(FinishedThreads()[0].made.call, "pthread_create");
  MarkJoined(found, __builtin_return_address(0));
  ExpectNothingLeft();
  EXPECT_EQ(FindThread(handle), nullptr);
}

TEST(ThreadLedger, RunsAFunctionOfC11) {
  int value = 42;
  ThreadRecord* const record =
      BeginThread(Site(),
                  {reinterpret_cast<void (*)()>(
                       +[](void* value) { return *static_cast<int*>(value); }),
                   &value},
                  false);
  EXPECT_EQ(RunRecordedC11Thread(record), 42);
  CancelThread(record);
  ExpectNothingLeft();
}

TEST(ThreadLedger, ForgetsWhatWasNotCreated) {
  ThreadRecord* const record = Begin();
  CancelThread(record);
  ExpectNothingLeft();
  // The same place: who looks at all has few to look at.
  ThreadRecord* const next = Begin();
  EXPECT_EQ(next, record);
  CancelThread(next);
}

TEST(ThreadLedger, FreesThePlaceWhicheverComesLast) {
  ThreadRecord* record = Begin();
  EndWith(record, 1);
  Finish(record);
  MarkJoined(record, nullptr);
  ExpectNothingLeft();

  record = Begin();
  Finish(record);
  EXPECT_THAT(FinishedThreads(), SizeIs(1));
  MarkDetached(record);
  EXPECT_THAT(FinishedThreads(), IsEmpty());
  EndWith(record, 1);
  EXPECT_EQ(FindThread(MadeUp(1)), nullptr);

  record = Begin(/*detached=*/true);
  EndWith(record, 1);
  EXPECT_EQ(FindThread(MadeUp(1)), record);
  Finish(record);
  ExpectNothingLeft();
  EXPECT_EQ(FindThread(MadeUp(1)), nullptr);
}

TEST(ThreadLedger, NullIsNoThread) {
  MarkJoined(nullptr, nullptr);
  MarkDetached(nullptr);
  SetRecording(Recording::kOff);
  EXPECT_EQ(Begin(), nullptr);
  SetRecording(Recording::kStacks);
}

TEST(ThreadLedger, KnowsWhoRuns) {
  std::atomic<bool> open{false};
  std::atomic<int> tid{0};
  struct Gate {
    std::atomic<bool>* open;
    std::atomic<int>* tid;
  } gate = {&open, &tid};
  ThreadRecord* const record =
      BeginThread(Site(),
                  StartOf(
                      [](void* argument) -> void* {
                        auto* const gate = static_cast<Gate*>(argument);
                        pthread_setname_np(pthread_self(), "a worker's name");
                        *gate->tid = CurrentTid();
                        while (!*gate->open) std::this_thread::yield();
                        return nullptr;
                      },
                      &gate),
                  false);
  EXPECT_THAT(RunningThreads(), IsEmpty()) << "not yet";
  std::thread thread([&] { RunRecordedThread(record); });
  while (tid == 0) std::this_thread::yield();
  ASSERT_THAT(RunningThreads(), SizeIs(1));
  EXPECT_EQ(RunningThreads()[0].tid, tid);
  const uint64_t sequence = RunningThreads()[0].made.sequence;
  EXPECT_THAT(FinishedThreads(), IsEmpty());
  open = true;
  thread.join();
  EXPECT_THAT(RunningThreads(), IsEmpty());
  ASSERT_THAT(FinishedThreads(), SizeIs(1));
  EXPECT_STREQ(FinishedThreads()[0].name.data(), "a worker's name");
  EXPECT_EQ(FinishedThreads()[0].tid, tid);
  EXPECT_EQ(FinishedThreads()[0].made.sequence, sequence);
  CancelThread(record);
}

// The C library gives a handle again as soon as its thread was joined, which
// may have happened out of our sight, or has not been noted yet.
TEST(ThreadLedger, FindsTheNewestOfAHandle) {
  for (const bool stands_in_front : {false, true}) {
    ThreadRecord* const place = Begin();
    ThreadRecord* const old = Begin();
    EndWith(old, 1);
    if (stands_in_front) CancelThread(place);
    ThreadRecord* const young = Begin();
    EXPECT_EQ(young == place, stands_in_front);
    EndWith(young, 1);
    EXPECT_EQ(FindThread(MadeUp(1)), young);
    EXPECT_EQ(FindThread(MadeUp(2)), nullptr);
    CancelThread(young);
    EXPECT_EQ(FindThread(MadeUp(1)), old);
    CancelThread(old);
    if (!stands_in_front) CancelThread(place);
  }
}

// The next thread has its handle as soon as the call that joins has done so,
// and before it could be marked.
TEST(ThreadLedger, FindsNoneThatIsBeingReleased) {
  ThreadRecord* const younger = Begin();
  ThreadRecord* const older = Begin();
  EndWith(older, 1);
  ThreadRecord* const joined = BeginRelease(MadeUp(1));
  EXPECT_EQ(joined, older);
  EndWith(younger, 1);
  EXPECT_EQ(BeginRelease(MadeUp(1)), younger);
  EXPECT_EQ(BeginRelease(MadeUp(1)), nullptr);
  CancelRelease(joined);
  EXPECT_EQ(BeginRelease(MadeUp(1)), older) << "the call had failed";
  CancelThread(younger);
  CancelThread(older);
}

TEST(ThreadLedger, DoesNotReadTheHandleOnceTheThreadRuns) {
  ThreadRecord* const record = Begin();
  Finish(record);
  EndThread(record, nullptr);
  CancelThread(record);
  ExpectNothingLeft();
}

TEST(ThreadLedger, HasAPlaceForEachOfManyAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kEach = 4000;
  SetRecording(Recording::kCalls);  // quicker, so that they meet more often
  std::atomic<int> waiting{kThreads};
  std::vector<std::vector<ThreadRecord*>> records(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      for (int k = 0; k < kEach; ++k) records[i].push_back(Begin());
    });
  }
  for (std::thread& thread : threads) thread.join();
  SetRecording(Recording::kStacks);
  std::set<ThreadRecord*> all;
  for (const auto& own : records) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.count(nullptr), 0u);
  EXPECT_EQ(all.size(), kThreads * kEach);
  for (ThreadRecord* const record : all) {
    if (record != nullptr) CancelThread(record);
  }
  ExpectNothingLeft();
}

TEST(ThreadLedger, HasNoRecordForMoreThanItsPlaces) {
  std::vector<ThreadRecord*> all;
  while (ThreadRecord* const record = Begin()) {
    all.push_back(record);
    ASSERT_LE(all.size(), 65536u);
  }
  EXPECT_EQ(all.size(), 65536u);
  CancelThread(all[1234]);
  EXPECT_EQ(Begin(), all[1234]);
  for (ThreadRecord* const record : all) CancelThread(record);
  ExpectNothingLeft();
}

TEST(ThreadLedger, LogsTheJoinOfTheOlder) {
  ThreadRecord* const record = Begin();
  const uint64_t sequence = LastSequence();
  ThreadRecord* const younger = Begin();
  LogReleasesOfOlderThan(sequence);
  const uint64_t before = LoggedReleases();
  for (ThreadRecord* const each : {record, younger}) {
    EndWith(each, 1);
    Finish(each);
  }
  const int tid = FinishedThreads()[0].tid;
  MarkJoined(record, &before);
  MarkJoined(younger, &before);
  LogReleasesOfOlderThan(0);
  const std::vector<ReleaseRecord> releases = ReleasesAfter(before);
  ASSERT_THAT(releases, SizeIs(1));
  EXPECT_EQ(releases[0].kind, Kind::kThread);
  EXPECT_EQ(releases[0].number, tid);
  EXPECT_EQ(releases[0].made.sequence, sequence);
  EXPECT_EQ(releases[0].at, &before);
}

TEST(ThreadLedger, ChargesWhoeverLeftTheThread) {
  EXPECT_EQ(ChargedTo(), 0u);
  ThreadRecord* const record = BeginThread(
      Site(), StartOf([](void*) -> void* {
        EXPECT_EQ(ChargedTo(), 0u);
        const RunningThread own = RunningThreads().at(0);
        Charge(own, 77);
        EXPECT_EQ(ChargedTo(), 77u);
        EXPECT_EQ(RecordCreation(BeginCreation(), Site()).charged_to, 77u);
        ThreadRecord* const child = Begin();
        std::thread([&] {
          EXPECT_EQ(ChargedTo(), 0u);
          RunRecordedThread(child);
        }).join();
        EXPECT_EQ(FinishedThreads()[0].made.charged_to, 77u);
        CancelThread(child);
        return nullptr;
      }),
      false);
  Finish(record);
  EXPECT_EQ(ChargedTo(), 0u);
  CancelThread(record);
}

TEST(ThreadLedger, KeepsErrno) {
  errno = ENOTTY;
  ThreadRecord* const record = Begin();
  EndWith(record, 1);
  FindThread(MadeUp(1));
  CancelThread(record);
  EXPECT_EQ(errno, ENOTTY);
}

}  // namespace
}  // namespace leaktrap::internal
