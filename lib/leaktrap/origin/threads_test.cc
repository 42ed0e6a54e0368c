// Threads that could not be made, or joined; handles that are given again; many
// at once.

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/origin/descriptor_ledger.h"
#include "leaktrap/origin/recorded_for_test.h"
#include "leaktrap/origin/thread_ledger.h"
#include "leaktrap/origin/threads_for_test.h"

namespace leaktrap::internal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Which place a record that is made now would get.
ThreadRecord* NextPlace() {
  ThreadRecord* const record =
      BeginThread({"pthread_create", nullptr}, {nullptr, nullptr}, false);
  CancelThread(record);
  return record;
}

TEST(Threads, ThatCouldNotBeMadeLeaveNothing) {
  ThreadRecord* const place = NextPlace();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, size_t{1} << 46), 0);
  for (int i = 0; i < 10; ++i) {
    pthread_t handle;
    EXPECT_NE(pthread_create(&handle, &attributes, Body, nullptr), 0);
  }
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(NextPlace(), place);
  EXPECT_THAT(RunningThreads(), IsEmpty());
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

TEST(Threads, ThatCannotBeJoinedYetAreStillKnown) {
  gate.Set(false);
  const pthread_t handle = Create(Body);
  EXPECT_EQ(pthread_tryjoin_np(handle, nullptr), EBUSY);
  const timespec past = {};
  EXPECT_EQ(pthread_timedjoin_np(handle, nullptr, &past), ETIMEDOUT);
  gate.Set(true);
  WaitUntil([] { return FinishedThreads().size() == 1; });
  pthread_join(handle, nullptr);
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

// The joining call is cancelled; the thread can be joined still.
TEST(Threads, WhoseJoinerIsCancelledAreStillKnown) {
  if (kUnderTsan) GTEST_SKIP() << "its pthread_join cannot be cancelled";
  gate.Set(false);
  pthread_t handle = Create(Body);
  pthread_t joiner;
  ASSERT_EQ(pthread_create(
                &joiner, nullptr,
                [](void* handle) -> void* {
                  pthread_join(*static_cast<pthread_t*>(handle), nullptr);
                  return nullptr;
                },
                &handle),
            0);
  pthread_cancel(joiner);
  void* result = nullptr;
  pthread_join(joiner, &result);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  gate.Set(true);
  WaitUntil([] { return FinishedThreads().size() == 1; });
  pthread_join(handle, nullptr);
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

// The C library gives the handle, which is the thread's stack, once more.
TEST(Threads, AreToldApartThoughTheHandleIsTheSame) {
  gate.Set(true);
  pthread_t before = 0;
  int same = 0;
  for (int i = 0; i < 50; ++i) {
    const pthread_t handle = Create(Body);
    WaitUntil([] { return FinishedThreads().size() == 1; });
    same += handle == before;
    before = handle;
    pthread_join(handle, nullptr);
    EXPECT_THAT(FinishedThreads(), IsEmpty());
  }
  EXPECT_GT(same, 0) << "handles are never given again here";
}

// A thread may free what its creator had the handle stored in.
TEST(Threads, MayOutliveTheirHandle) {
  static std::atomic<int> over{0};
  constexpr int kThreads = 200;
  struct Job {
    pthread_t handle;
  };
  for (int i = 0; i < kThreads; ++i) {
    Job* const job = new Job;
    ASSERT_EQ(pthread_create(
                  &job->handle, nullptr,
                  [](void* argument) -> void* {
                    pthread_detach(pthread_self());
                    delete static_cast<Job*>(argument);
                    ++over;
                    return nullptr;
                  },
                  job),
              0);
  }
  WaitUntil([] { return over == kThreads && RunningThreads().empty(); });
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

TEST(Threads, AreAllForgottenHoweverManyThereWere) {
  constexpr int kCreators = 8;
  constexpr int kEach = 125;
  gate.Set(false);
  std::atomic<int> created{0};
  std::atomic<bool> join{false};
  std::vector<std::thread> creators;
  for (int creator = 0; creator < kCreators; ++creator) {
    creators.emplace_back([&, creator] {
      std::vector<pthread_t> handles;
      for (int i = 0; i < kEach; ++i) {
        handles.push_back(Create(Body));
        ++created;
      }
      WaitUntil([&] {
        usleep(1000);
        return join.load();
      });
      for (size_t i = 0; i < handles.size(); ++i) {
        if ((i + creator) % 3 == 0) {
          pthread_detach(handles[i]);
        } else {
          pthread_join(handles[i], nullptr);
        }
      }
    });
  }
  constexpr size_t kAll = kCreators * kEach + kCreators;
  // A thread may run before the call that creates it is over.
  WaitUntil([&] {
    return created == kCreators * kEach && RunningThreads().size() == kAll;
  });
  std::set<int> tids;
  std::set<uint64_t> sequences;
  for (const RunningThread& thread : RunningThreads()) {
    tids.insert(thread.tid);
    sequences.insert(thread.made.sequence);
  }
  EXPECT_THAT(tids, SizeIs(kAll));
  EXPECT_THAT(sequences, SizeIs(kAll));
  gate.Set(true);
  join = true;
  for (std::thread& creator : creators) creator.join();
  WaitUntil([] { return RunningThreads().empty(); });
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

// Threads that are joined at once have each other's handles.
TEST(Threads, AreAllForgottenHoweverQuicklyTheyCome) {
  std::vector<std::thread> creators;
  for (int creator = 0; creator < 8; ++creator) {
    creators.emplace_back([] {
      for (int i = 0; i < 200; ++i) std::thread([] {}).join();
    });
  }
  for (std::thread& creator : creators) creator.join();
  EXPECT_THAT(RunningThreads(), IsEmpty());
  EXPECT_THAT(FinishedThreads(), IsEmpty());
}

TEST(Threads, HaveTheirNamesAtTheEnd) {
  std::thread thread([] { pthread_setname_np(pthread_self(), "worker-7"); });
  WaitUntil([] { return FinishedThreads().size() == 1; });
  EXPECT_STREQ(FinishedThreads()[0].name.data(), "worker-7");
  thread.join();
}

TEST(Threads, AreChargedForWhatTheyMake) {
  gate.Set(false);
  std::thread thread([] {
    gate.Wait();
    const int fd = dup(0);
    EXPECT_EQ(FindDescriptor(fd).made.charged_to, 77u);
    close(fd);
    std::thread([] {
      EXPECT_EQ(ChargedTo(), 77u);
      const int fd = dup(0);
      EXPECT_EQ(FindDescriptor(fd).made.charged_to, 77u);
      close(fd);
    }).join();
  });
  WaitUntil([] { return RunningThreads().size() == 1; });
  Charge(RunningThreads()[0], 77);
  gate.Set(true);
  thread.join();
  const int fd = dup(0);
  EXPECT_EQ(FindDescriptor(fd).made.charged_to, 0u);
  close(fd);
}

}  // namespace
}  // namespace leaktrap::internal
