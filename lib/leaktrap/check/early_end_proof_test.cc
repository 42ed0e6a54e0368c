#include "leaktrap/check/early_end_proof.h"

#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/check/tsan_thread.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/probe/thread_probe.h"

namespace leaktrap::internal {
namespace {

using std::chrono::milliseconds;

bool Same() { return true; }

// Set before any test creates a thread.
const std::set<int>& HarmlessTids() {
  static const auto* const tids = new std::set<int>(WakeTsanThread());
  return *tids;
}

std::unique_ptr<EarlyEndProof> NewProof() {
  return NewEarlyEndProof(HarmlessTids());
}

// Whether there is proof, now or soon: a thread takes a moment to be parked,
// and one that was joined is still listed for a moment.
bool ComesToHold(EarlyEndProof& proof, bool about_children = false) {
  constexpr int kMostTries = 10'000;
  for (int i = 0; i < kMostTries; ++i) {
    if (proof.Holds(about_children, Same)) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}
bool ComesToHold() { return ComesToHold(*NewProof()); }

// Tries for long enough that whatever takes a moment has happened.
bool NeverHolds(bool about_children = false) {
  constexpr int kTries = 100;
  const auto proof = NewProof();
  for (int i = 0; i < kTries; ++i) {
    if (proof->Holds(about_children, Same)) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

// A gate that opens once.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }
  template <typename Duration>
  void WaitFor(Duration duration) {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait_for(lock, duration, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

// A thread that is parked for as long as this lives.
class ParkedThread {
 public:
  ParkedThread() : thread_([this] { gate_.Wait(); }) {}
  ~ParkedThread() { End(); }
  void End() {
    gate_.Open();
    if (thread_.joinable()) thread_.join();
  }

 private:
  Gate gate_;
  std::thread thread_;
};

// Each test begins where there is proof; else one that shows its absence would
// show nothing.
class EarlyEndProofTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ComesToHold()); }
  void TearDown() override { EXPECT_TRUE(ComesToHold()); }
};

TEST_F(EarlyEndProofTest, OfASingleThreadAtTheFirstTry) {
  EXPECT_TRUE(NewProof()->Holds(/*about_children=*/false, Same));
  EXPECT_TRUE(NewProof()->Holds(/*about_children=*/true, Same));
}

TEST_F(EarlyEndProofTest, LooksAgainOnce) {
  int looks = 0;
  EXPECT_TRUE(NewProof()->Holds(false, [&] {
    ++looks;
    return true;
  }));
  EXPECT_EQ(looks, 1);
}

TEST_F(EarlyEndProofTest, NotOverADifferentLook) {
  EXPECT_FALSE(NewProof()->Holds(false, [] { return false; }));
}

TEST_F(EarlyEndProofTest, OfParkedThreads) {
  ParkedThread threads[8];
  EXPECT_TRUE(ComesToHold());
}

TEST_F(EarlyEndProofTest, OfAThreadThatJoinsAParkedOne) {
  ParkedThread parked;
  std::thread joining([&] { parked.End(); });
  joining.join();
  Gate gate;
  std::thread outer([&] { std::thread([&] { gate.Wait(); }).join(); });
  EXPECT_TRUE(ComesToHold());
  gate.Open();
  outer.join();
}

TEST_F(EarlyEndProofTest, OfAThreadThatWaitsForAFuture) {
  std::promise<void> promise;
  std::thread thread([&] { promise.get_future().wait(); });
  EXPECT_TRUE(ComesToHold());
  promise.set_value();
  thread.join();
}

TEST_F(EarlyEndProofTest, NotWithAThreadThatRuns) {
  std::atomic<bool> over(false);
  std::thread thread([&] {
    while (!over) {
    }
  });
  EXPECT_TRUE(NeverHolds());
  over = true;
  thread.join();
}

TEST_F(EarlyEndProofTest, NotWithAThreadThatWaitsForATime) {
  Gate gate;
  std::thread thread([&] { gate.WaitFor(std::chrono::hours(1)); });
  EXPECT_TRUE(NeverHolds());
  gate.Open();
  thread.join();
}

TEST_F(EarlyEndProofTest, NotWithAThreadThatWaitsForInput) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::thread thread([&] {
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), 0);
  });
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
TEST_F(EarlyEndProofTest, NotWithAThreadThatRanMeanwhile) {
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

TEST_F(EarlyEndProofTest, NotWithAThreadThatCameMeanwhile) {
  std::optional<ParkedThread> thread;
  EXPECT_FALSE(NewProof()->Holds(false, [&] {
    thread.emplace();
    return true;
  }));
  EXPECT_TRUE(ComesToHold());
}

TEST_F(EarlyEndProofTest, NotWithAThreadThatWentMeanwhile) {
  ParkedThread stays, goes;
  const auto proof = NewProof();
  ASSERT_TRUE(ComesToHold(*proof));
  EXPECT_FALSE(proof->Holds(false, [&] {
    goes.End();
    return true;
  }));
}

TEST_F(EarlyEndProofTest, HarmlessThreadsAreLeftOut) {
  std::atomic<bool> over(false);
  std::atomic<int> tid(0);
  std::thread thread([&] {
    tid = OwnProcTid();
    while (!over) {
    }
  });
  while (tid == 0) std::this_thread::yield();
  std::set<int> harmless = HarmlessTids();
  harmless.insert(tid);
  EXPECT_TRUE(ComesToHold(*NewEarlyEndProof(harmless)));
  EXPECT_TRUE(NeverHolds());
  over = true;
  thread.join();
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

TEST_F(EarlyEndProofTest, NotWithAThreadThatAnotherProcessCanWake) {
  const Memory memory(MAP_SHARED);
  const ThreadOnASharedSemaphore thread(memory);
  EXPECT_TRUE(NeverHolds());
}

TEST_F(EarlyEndProofTest, OfAThreadThatIsSharedWithNobody) {
  const Memory memory(MAP_PRIVATE);
  const ThreadOnASharedSemaphore thread(memory);
  EXPECT_TRUE(ComesToHold());
}

// Installs a handler, and puts back what was there.
class ScopedHandler {
 public:
  explicit ScopedHandler(
      int signal, sighandler_t handler = [](int) {}, int flags = 0)
      : signal_(signal) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    EXPECT_EQ(sigaction(signal, &action, &before_), 0);
  }
  ~ScopedHandler() { sigaction(signal_, &before_, nullptr); }
  ScopedHandler(const ScopedHandler&) = delete;
  ScopedHandler& operator=(const ScopedHandler&) = delete;

 private:
  const int signal_;
  struct sigaction before_;
};

TEST_F(EarlyEndProofTest, NotWithAHandlerThatMayRelease) {
  for (const int signal : {SIGALRM, SIGUSR1, SIGCHLD, SIGIO, SIGRTMIN}) {
    const ScopedHandler handler(signal);
    EXPECT_TRUE(NeverHolds()) << signal;
  }
}

TEST_F(EarlyEndProofTest, WithAHandlerThatEndsTheRun) {
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGABRT}) {
    const ScopedHandler handler(signal);
    EXPECT_TRUE(ComesToHold()) << signal;
  }
}

TEST_F(EarlyEndProofTest, NotAboutChildrenThatTheKernelReaps) {
  {
    const ScopedHandler ignored(SIGCHLD, SIG_IGN);
    EXPECT_TRUE(NeverHolds(/*about_children=*/true));
    EXPECT_TRUE(ComesToHold());
  }
  {
    const ScopedHandler no_wait(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
    EXPECT_TRUE(NeverHolds(/*about_children=*/true));
    EXPECT_TRUE(ComesToHold());
  }
  EXPECT_TRUE(ComesToHold(*NewProof(), /*about_children=*/true));
}

// A process may be born with SIGCHLD ignored, and sanitizers answer
// sigaction() with what was asked of them.
TEST_F(EarlyEndProofTest, NotAboutChildrenWhenOnlyTheKernelKnowsWhy) {
  struct {
    sighandler_t handler;
    unsigned long flags;  // NOLINT: the kernel's struct
    void (*restorer)();
    uint64_t mask;
  } action = {SIG_IGN, 0, nullptr, 0}, before;
  ASSERT_EQ(syscall(SYS_rt_sigaction, SIGCHLD, &action, &before, 8), 0);
  EXPECT_TRUE(NeverHolds(/*about_children=*/true));
  ASSERT_EQ(syscall(SYS_rt_sigaction, SIGCHLD, &before, nullptr, 8), 0);
}

TEST_F(EarlyEndProofTest, NotWithAnIoUring) {
  io_uring ring;
  const int made = io_uring_queue_init(4, &ring, 0);
  if (made != 0) GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made);
  EXPECT_TRUE(NeverHolds());
  close(std::exchange(ring.ring_fd, -1));
  EXPECT_TRUE(NeverHolds()) << "it is still mapped";
  munmap(ring.sq.sqes, ring.sq.ring_entries * sizeof(io_uring_sqe));
  munmap(ring.sq.ring_ptr, ring.sq.ring_sz);
}

TEST_F(EarlyEndProofTest, NotWithAnIoUringThatIsNotMapped) {
  io_uring ring;
  const int made = io_uring_queue_init(4, &ring, 0);
  if (made != 0) GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made);
  munmap(ring.sq.sqes, ring.sq.ring_entries * sizeof(io_uring_sqe));
  munmap(ring.sq.ring_ptr, ring.sq.ring_sz);
  EXPECT_TRUE(NeverHolds());
  close(ring.ring_fd);
}

// With no descriptor left nothing can be read, and what cannot be read proves
// nothing.
TEST_F(EarlyEndProofTest, NotWhenItCannotLook) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool never_holds = NeverHolds();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(never_holds);
}

}  // namespace
}  // namespace leaktrap::internal
