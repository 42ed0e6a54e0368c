// Leaking tests, run one at a time by settling_test.cc. Suites are named by how
// the look at what they leave has to end: in ProofTest nothing can change it
// any more; in LingerTest something could, whatever it is that does not.

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace leaktrap {
namespace {

constexpr std::chrono::hours kTooLate(1);

template <typename Body>
void LeakThread(Body body) {
  std::thread(body).detach();
}

void LeakDescriptor() { ASSERT_GE(open("/dev/null", O_RDONLY | O_CLOEXEC), 0); }

// Never opened.
children::Parking& Parking() {
  static auto* const parking = new children::Parking;
  return *parking;
}

timespec InAnHour() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += std::chrono::seconds(kTooLate).count();
  return time;
}

// A child that ends with this process's group, and not before.
pid_t ForkSleeper() {
  const pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  EXPECT_GT(pid, 0);
  return pid;
}

TEST(ProofTest, DescriptorOfASingleThread) { LeakDescriptor(); }

TEST(ProofTest, ThreadOnAConditionVariable) {
  LeakThread([] { Parking().Park(); });
}

TEST(ProofTest, ManyThreadsAndADescriptor) {
  for (int i = 0; i < 8; ++i) {
    LeakThread([] { Parking().Park(); });
  }
  LeakDescriptor();
}

TEST(ProofTest, ThreadOnAMutex) {
  static auto* const mutex = new std::mutex;
  mutex->lock();
  LeakThread([] { mutex->lock(); });
}

TEST(ProofTest, ThreadInPthreadJoin) {
  LeakThread([] { std::thread([] { Parking().Park(); }).join(); });
}

TEST(ProofTest, ThreadInFutureWait) {
  static auto* const promise = new std::promise<void>;
  LeakThread([] { promise->get_future().wait(); });
}

TEST(ProofTest, ThreadOnASemaphore) {
  static auto* const semaphore = new sem_t;
  ASSERT_EQ(sem_init(semaphore, /*pshared=*/0, 0), 0);
  LeakThread([] { sem_wait(semaphore); });
}

// Those whose sender means to end the run release nothing.
TEST(ProofTest, HandlerOfSigterm) {
  signal(SIGTERM, [](int) { _exit(1); });
  LeakDescriptor();
}

// In the first round one stays beside it, which the same line made.
TEST(LateTest, BesideOneThatStays) {
  static bool is_first = true;
  for (const bool stays : {false, true}) {
    if (stays && !is_first) break;
    LeakThread([stays] {
      std::this_thread::sleep_for(stays ? std::chrono::milliseconds(kTooLate)
                                        : std::chrono::milliseconds(500));
    });
  }
  is_first = false;
}

TEST(LingerTest, ThreadInEpollWait) {
  static const int epoll = epoll_create1(EPOLL_CLOEXEC);
  LeakThread([] {
    epoll_event event;
    epoll_wait(epoll, &event, 1, -1);
  });
}

// Seen in one wait at first, and in another from then on.
TEST(LingerTest, ThreadInNanosleepThenInEpollWait) {
  static const int epoll = epoll_create1(EPOLL_CLOEXEC);
  LeakThread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    epoll_event event;
    epoll_wait(epoll, &event, 1, -1);
  });
}

// The thread of the first round takes away the proof of the later ones.
TEST(LingerTest, DescriptorBesideAThread) {
  static const bool once = [] {
    LeakThread([] { pause(); });
    return true;
  }();
  ASSERT_TRUE(once);
  ASSERT_GE(eventfd(0, EFD_CLOEXEC), 0);
}

TEST(LingerTest, ThreadInRecv) {
  static int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  LeakThread([] {
    char byte;
    recv(sockets[0], &byte, 1, 0);
  });
}

TEST(LingerTest, ThreadInNanosleep) {
  LeakThread([] { std::this_thread::sleep_for(kTooLate); });
}

TEST(LingerTest, ThreadInSigwait) {
  LeakThread([] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    int signal;
    sigwait(&set, &signal);
  });
}

TEST(LingerTest, ThreadInWaitpid) {
  static const pid_t pid = ForkSleeper();
  LeakThread([] { waitpid(pid, nullptr, 0); });
}

TEST(LingerTest, ThreadThatSpins) {
  static std::atomic<int> turns(0);
  LeakThread([] {
    for (;;) ++turns;
  });
}

TEST(LingerTest, ThreadOnAConditionVariableWithATimeOut) {
  LeakThread([] {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock<std::mutex> lock(mutex);
    never.wait_for(lock, kTooLate, [] { return false; });
  });
}

TEST(LingerTest, ThreadInSemTimedwait) {
  static auto* const semaphore = new sem_t;
  ASSERT_EQ(sem_init(semaphore, /*pshared=*/0, 0), 0);
  LeakThread([] {
    const timespec end = InAnHour();
    sem_timedwait(semaphore, &end);
  });
}

// Another process could wake it.
TEST(LingerTest, ThreadOnASemaphoreInSharedMemory) {
  void* const shared = mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  static sem_t* const semaphore = static_cast<sem_t*>(shared);
  ASSERT_EQ(sem_init(semaphore, /*pshared=*/1, 0), 0);
  LeakThread([] { sem_wait(semaphore); });
}

// The same threads as in ProofTest, and one that sleeps.
TEST(LingerTest, ParkedThreadsAndOneThatSleeps) {
  for (int i = 0; i < 4; ++i) {
    LeakThread([] { Parking().Park(); });
  }
  LeakThread([] { std::this_thread::sleep_for(kTooLate); });
}

// Whoever does not hold the token is parked.
TEST(LingerTest, ThreadsThatPassATokenRound) {
  constexpr int kThreads = 8;
  struct Ring {
    std::mutex mutex;
    std::condition_variable may_go[kThreads];
    int turn = 0;
  };
  static auto* const ring = new Ring;
  for (int self = 0; self < kThreads; ++self) {
    LeakThread([self] {
      std::unique_lock<std::mutex> lock(ring->mutex);
      for (;;) {
        ring->may_go[self].wait(lock, [&] { return ring->turn == self; });
        ring->turn = (self + 1) % kThreads;
        ring->may_go[ring->turn].notify_one();
      }
    });
  }
}

TEST(LingerTest, HandlerOfSigalrm) {
  signal(SIGALRM, [](int) {});
  LeakDescriptor();
}

TEST(LingerTest, HandlerOfSigusr1) {
  signal(SIGUSR1, [](int) {});
  LeakDescriptor();
}

// Sees one child, alive or ended, until nothing is left of it.
class ChildProbe : public Probe {
 public:
  std::string name() const override { return "child process"; }
  Listing List() override {
    Listing listing;
    if (pid > 0 && kill(pid, 0) == 0) listing.Add(pid);
    return listing;
  }
  bool OnlyThisProcessChangesIt() const override { return true; }

  inline static pid_t pid = 0;
};

const ProbeRegistration registration(std::make_unique<ChildProbe>());

// One that never ends.
void LeakChild() { ChildProbe::pid = ForkSleeper(); }

// A child that has ended stays until somebody waits for it.
TEST(ProofTest, Child) { LeakChild(); }

TEST(LingerTest, ChildWithSigchldIgnored) {
  signal(SIGCHLD, SIG_IGN);
  LeakChild();
}

// One opened, one closed: as many as before, and the same number.
class SwapTest : public testing::Test {
 public:
  static void SetUpTestSuite() {
    old_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
    over_ = new std::promise<void>;
    thread_ = new std::thread([] { over_->get_future().wait(); });
  }

 protected:
  inline static int old_ = -1;
  inline static std::promise<void>* over_ = nullptr;
  inline static std::thread* thread_ = nullptr;
};

TEST_F(SwapTest, DescriptorOfTheSameNumber) {
  ASSERT_EQ(close(old_), 0);
  ASSERT_EQ(open("/dev/zero", O_RDONLY | O_CLOEXEC), old_);
}

TEST_F(SwapTest, DescriptorOfAnotherNumber) {
  ASSERT_NE(open("/dev/zero", O_RDONLY | O_CLOEXEC), old_);
  ASSERT_EQ(close(old_), 0);
}

TEST_F(SwapTest, Thread) {
  LeakThread([] { Parking().Park(); });
  over_->set_value();
  thread_->join();
}

}  // namespace
}  // namespace leaktrap
