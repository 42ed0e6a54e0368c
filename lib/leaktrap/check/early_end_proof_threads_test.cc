// The proof's conditions on other threads.

#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/check/early_end_proof.h"
#include "leaktrap/check/early_end_proof_for_test.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/standing_threads.h"
#include "leaktrap/probe/thread_probe.h"

namespace leaktrap::internal {
namespace {

using EarlyEndProofThreadsTest = EarlyEndProofTest;

TEST_F(EarlyEndProofThreadsTest, OfParkedThreads) {
  ParkedThread threads[8];
  EXPECT_TRUE(ComesToHold());
}

TEST_F(EarlyEndProofThreadsTest, OfAThreadThatJoinsAParkedOne) {
  Gate gate;
  std::thread outer([&] { std::thread([&] { gate.Wait(); }).join(); });
  EXPECT_TRUE(ComesToHold());
  gate.Open();
  outer.join();
}

TEST_F(EarlyEndProofThreadsTest, OfAThreadThatWaitsForAFuture) {
  std::promise<void> promise;
  std::thread thread([&] { promise.get_future().wait(); });
  EXPECT_TRUE(ComesToHold());
  promise.set_value();
  thread.join();
}

TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatRuns) {
  std::atomic<bool> over(false);
  std::thread thread([&] {
    while (!over) {
    }
  });
  EXPECT_TRUE(NeverHolds());
  over = true;
  thread.join();
}

TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatWaitsForATime) {
  Gate gate;
  std::thread thread([&] { gate.WaitFor(std::chrono::hours(1)); });
  EXPECT_TRUE(NeverHolds());
  gate.Open();
  thread.join();
}

// The arguments are such that futex(2) with them would be a wait without a
// time-out: 0x80 is a private FUTEX_WAIT, and the flags are zero.
TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatWaitsForInput) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  alignas(256) char room[256];
  std::thread thread([&] { EXPECT_EQ(recv(ends[0], room + 0x80, 1, 0), 0); });
  EXPECT_TRUE(NeverHolds());
  close(ends[1]);
  thread.join();
  close(ends[0]);
}

// "202 ...": in futex(2).
bool IsInFutex(int tid) {
  std::string text;
  const std::string futex = std::to_string(SYS_futex) + " ";
  return ReadProcFile(
             ("/proc/self/task/" + std::to_string(tid) + "/syscall").c_str(),
             &text) &&
         text.compare(0, futex.size(), futex) == 0;
}

// Parked before the look and after it, in the same call with the same
// arguments: only that it ran tells.
TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatRanMeanwhile) {
  sem_t work, done;
  sem_init(&work, /*pshared=*/0, 0);
  sem_init(&done, /*pshared=*/0, 0);
  std::atomic<bool> over(false);
  std::atomic<int> tid(0);
  std::thread thread([&] {
    tid = OwnProcTid();
    while (!over) {
      sem_wait(&work);
      sem_post(&done);
    }
  });
  auto park = [&] {
    while (tid == 0 || !IsInFutex(tid)) std::this_thread::yield();
  };
  const auto proof = NewProof();
  park();
  EXPECT_TRUE(ComesToHold(*proof));
  for (int i = 0; i < 20; ++i) {
    park();
    EXPECT_FALSE(proof->Holds(false, [&] {
      sem_post(&work);
      sem_wait(&done);
      park();
      return true;
    }));
  }
  over = true;
  sem_post(&work);
  thread.join();
  sem_destroy(&work);
  sem_destroy(&done);
}

// This thread, and those that it makes, share a processor, for as long as this
// lives.
class OneProcessor {
 public:
  OneProcessor() {
    EXPECT_EQ(sched_getaffinity(0, sizeof(before_), &before_), 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    EXPECT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  }
  ~OneProcessor() { sched_setaffinity(0, sizeof(before_), &before_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// It was woken after it was seen to be parked, and waits for this thread to
// leave the processor: how often it ran does not tell that it will.
TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatIsAboutToRun) {
  const OneProcessor processor;
  sem_t work;
  sem_init(&work, /*pshared=*/0, 0);
  std::atomic<bool> over(false);
  std::thread thread([&] {
    const sched_param none = {};
    sched_setscheduler(0, SCHED_IDLE, &none);
    while (!over) sem_wait(&work);
  });
  const auto proof = NewProof();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(ComesToHold(*proof));
    EXPECT_FALSE(proof->Holds(false, [&] {
      sem_post(&work);
      return true;
    }));
  }
  over = true;
  sem_post(&work);
  thread.join();
  sem_destroy(&work);
}

TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatCameMeanwhile) {
  std::optional<ParkedThread> thread;
  EXPECT_FALSE(NewProof()->Holds(false, [&] {
    thread.emplace();
    return true;
  }));
  EXPECT_TRUE(ComesToHold());
}

TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatWentMeanwhile) {
  ParkedThread stays, goes;
  const auto proof = NewProof();
  ASSERT_TRUE(ComesToHold(*proof));
  EXPECT_FALSE(proof->Holds(false, [&] {
    goes.End();
    return true;
  }));
}

TEST_F(EarlyEndProofThreadsTest, HarmlessThreadsAreLeftOut) {
  std::atomic<bool> over(false);
  std::atomic<int> tid(0);
  std::thread thread([&] {
    tid = OwnProcTid();
    while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (tid == 0) std::this_thread::yield();
  std::set<int> harmless = HarmlessTids();
  harmless.insert(tid);
  const auto proof = NewEarlyEndProof(harmless);
  // Meanwhile it goes to sleep several times, as this thread does.
  EXPECT_TRUE(ComesToHold(*proof, /*about_children=*/false, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return true;
  }));
  EXPECT_TRUE(NeverHolds());
  over = true;
  thread.join();
}

TEST_F(EarlyEndProofThreadsTest, TellsWhereTheyStand) {
  ParkedThread threads[2];
  const auto proof = NewProof();
  EXPECT_TRUE(proof->TakeStanding().empty());
  ASSERT_TRUE(ComesToHold(*proof));
  const StandingThreads standing = proof->TakeStanding();
  ASSERT_EQ(standing.size(), 2u);
  for (const auto& [tid, thread] : standing) {
    EXPECT_TRUE(IsInFutex(static_cast<int>(tid)));
    EXPECT_EQ(thread.place.number, SYS_futex);
    EXPECT_NE(thread.place.stack_pointer, 0u);
    EXPECT_NE(thread.stat.start_time, 0u);
  }
  ASSERT_TRUE(ComesToHold(*proof));
  EXPECT_FALSE(proof->Holds(false, [] { return false; }));
  EXPECT_TRUE(proof->TakeStanding().empty());
}

// Memory in which other processes may take part, or not.
class Memory {
 public:
  explicit Memory(int sharing)
      : at_(mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                 sharing | MAP_ANONYMOUS, -1, 0)) {
    EXPECT_NE(at_, MAP_FAILED);
  }
  ~Memory() { munmap(at_, kSize); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void* at() const { return at_; }

 private:
  static constexpr size_t kSize = 4096;
  void* const at_;
};

// A thread that waits for a semaphore of any process.
class ThreadOnASharedSemaphore {
 public:
  explicit ThreadOnASharedSemaphore(const Memory& memory)
      : semaphore_(static_cast<sem_t*>(memory.at())) {
    EXPECT_EQ(sem_init(semaphore_, /*pshared=*/1, 0), 0);
    thread_ = std::thread([this] { sem_wait(semaphore_); });
  }
  ~ThreadOnASharedSemaphore() {
    sem_post(semaphore_);
    thread_.join();
    sem_destroy(semaphore_);
  }

 private:
  sem_t* const semaphore_;
  std::thread thread_;
};

TEST_F(EarlyEndProofThreadsTest, NotWithAThreadThatAnotherProcessCanWake) {
  const Memory memory(MAP_SHARED);
  const ThreadOnASharedSemaphore thread(memory);
  EXPECT_TRUE(NeverHolds());
}

TEST_F(EarlyEndProofThreadsTest, OfAThreadThatIsSharedWithNobody) {
  const Memory memory(MAP_PRIVATE);
  const ThreadOnASharedSemaphore thread(memory);
  EXPECT_TRUE(ComesToHold());
}

}  // namespace
}  // namespace leaktrap::internal
