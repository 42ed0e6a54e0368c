// The sum of what is alive comes back to what it was when everything else does,
// and only then.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/origin/recording.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(AliveSum, ComesBackWhenAllIsReleasedAgain) {
  const int kept = OpenNull();
  const uint64_t before = AliveSum();
  const int fd = OpenNull();
  EXPECT_NE(AliveSum(), before);
  const int copy = dup(fd);
  close(fd);
  EXPECT_NE(AliveSum(), before);
  close(copy);
  EXPECT_EQ(AliveSum(), before);
  std::fclose(std::fopen("/dev/null", "r"));
  EXPECT_EQ(AliveSum(), before);
  std::thread([] {}).join();
  EXPECT_EQ(AliveSum(), before);
  close(kept);
}

TEST(AliveSum, KnowsTheNewFromTheOldAtTheSameNumber) {
  const int fd = eventfd(0, EFD_CLOEXEC);
  const uint64_t before = AliveSum();
  close(fd);
  ASSERT_EQ(eventfd(0, EFD_CLOEXEC), fd);
  EXPECT_NE(AliveSum(), before);
  const uint64_t with = AliveSum();
  const int other = OpenNull();
  dup2(other, fd);
  close(other);
  EXPECT_NE(AliveSum(), with);
  close(fd);
}

TEST(AliveSum, StaysWhatItIsWhenACallFails) {
  const int fd = OpenNull();
  const uint64_t before = AliveSum();
  EXPECT_EQ(open("/no/such/file", O_RDONLY), -1);
  EXPECT_EQ(dup2(-1, fd), -1);
  EXPECT_EQ(dup3(fd, fd, 0), -1);
  EXPECT_EQ(AliveSum(), before);
  close(fd);
}

TEST(AliveSum, CountsAThreadUntilSomebodyHasLetGoOfIt) {
  const uint64_t before = AliveSum();
  std::atomic<bool> runs{false};
  std::thread thread([&runs] { runs = true; });
  while (!runs) std::this_thread::yield();
  EXPECT_NE(AliveSum(), before);
  thread.join();
  EXPECT_EQ(AliveSum(), before);
  std::thread detached([] {});
  detached.detach();
  while (AliveSum() != before) std::this_thread::yield();
}

// A look knows it as finished then, and no more by its id.
TEST(AliveSum, ChangesWhenAThreadHasFinishedThoughNobodyJoinedIt) {
  const uint64_t before = AliveSum();
  std::atomic<bool> runs{false};
  std::atomic<bool> over{false};
  std::thread thread([&] {
    runs = true;
    while (!over) std::this_thread::yield();
  });
  while (!runs) std::this_thread::yield();
  const uint64_t with = AliveSum();
  over = true;
  while (AliveSum() == with) std::this_thread::yield();
  EXPECT_NE(AliveSum(), before);
  thread.join();
  EXPECT_EQ(AliveSum(), before);
}

// Its id is not known before it runs; a look then has seen less.
TEST(AliveSum, ChangesWhenAThreadBeginsToRun) {
  const uint64_t before = AliveSum();
  uint64_t when_it_runs = before;
  std::thread([&] { when_it_runs = AliveSum(); }).join();
  EXPECT_NE(when_it_runs, before);
}

// What nobody had recorded may be anything.
TEST(AliveSum, NeverComesBackAfterAnUnknownClose) {
  const int fd = UnseenOpen("/dev/null", O_RDONLY | O_CLOEXEC);
  const uint64_t before = AliveSum();
  close(fd);
  EXPECT_NE(AliveSum(), before);
  const uint64_t after = AliveSum();
  close_range(1000, 1000, 0);
  EXPECT_NE(AliveSum(), after);
  EXPECT_NE(AliveSum(), before);
}

TEST(AliveSum, NeverComesBackAfterAChildProcess) {
  const uint64_t before = AliveSum();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  EXPECT_NE(AliveSum(), before);
  const uint64_t with = AliveSum();
  waitpid(child, nullptr, 0);
  EXPECT_NE(AliveSum(), with);
  EXPECT_NE(AliveSum(), before);
  const uint64_t after = AliveSum();
  pclose(popen("true", "r"));
  EXPECT_NE(AliveSum(), after);
}

TEST(AliveSum, DoesNotChangeWhereNothingIsRecorded) {
  SetRecording(Recording::kOff);
  const uint64_t before = AliveSum();
  const int fd = OpenNull();
  EXPECT_EQ(AliveSum(), before);
  SetRecording(Recording::kStacks);
  close(fd);
  EXPECT_NE(AliveSum(), before);
}

}  // namespace
}  // namespace leaktrap::internal
