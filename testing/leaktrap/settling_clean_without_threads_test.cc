// What is released after its test has ended though no other thread runs: by a
// signal handler, by the kernel, by a fixture, by a listener. A false alarm
// turns a test red.

#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "leaktrap/settling_late.h"

namespace leaktrap {
namespace {

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

using LateHandlerTest = LateTest;

volatile sig_atomic_t closed_by_handler = -1;

TEST_F(LateHandlerTest, ClosesADescriptor) {
  const int descriptor = OpenNull();
  ASSERT_GE(descriptor, 0);
  closed_by_handler = descriptor;
  signal(SIGALRM, [](int) { close(closed_by_handler); });
  auto begin_to_end = [] {
    itimerval in = {};
    in.it_value.tv_usec = std::chrono::microseconds(kLate).count();
    setitimer(ITIMER_REAL, &in, nullptr);
  };
  EndsLate(begin_to_end, [descriptor] {
    signal(SIGALRM, SIG_DFL);
    return !IsOpen(descriptor);
  });
}

// Orders `ring` to close `descriptor` after kLate. A time-out that has run out
// counts as an error, which only a hard link outlasts.
void CloseLate(io_uring* ring, int descriptor) {
  static __kernel_timespec late = {0, std::chrono::nanoseconds(kLate).count()};
  io_uring_sqe* entry = io_uring_get_sqe(ring);
  io_uring_prep_timeout(entry, &late, 0, 0);
  io_uring_sqe_set_flags(entry, IOSQE_IO_HARDLINK);
  entry = io_uring_get_sqe(ring);
  io_uring_prep_close(entry, descriptor);
  EXPECT_EQ(io_uring_submit(ring), 2);
}

class LateRingTest : public LateTest {
 public:
  // Made before the test, which is about what the ring closes.
  static void SetUpTestSuite() { made_ = io_uring_queue_init(8, &ring_, 0); }
  static void TearDownTestSuite() {
    LateTest::TearDownTestSuite();
    if (made_ == 0) io_uring_queue_exit(&ring_);
  }

 protected:
  inline static int made_ = -1;
  inline static io_uring ring_;
};

TEST_F(LateRingTest, ClosesADescriptor) {
  if (made_ != 0) GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made_);
  const int descriptor = OpenNull();
  ASSERT_GE(descriptor, 0);
  EndsLate([descriptor] { CloseLate(&ring_, descriptor); },
           [descriptor] { return !IsOpen(descriptor); });
}

using LateMappedRingTest = LateTest;

// A ring whose own descriptor is closed works on for as long as it is mapped.
TEST_F(LateMappedRingTest, ClosesADescriptor) {
  const auto ring = std::make_shared<io_uring>();
  const int made = io_uring_queue_init(8, ring.get(), 0);
  if (made != 0) GTEST_SKIP() << "io_uring_setup: " << std::strerror(-made);
  const int descriptor = OpenNull();
  ASSERT_GE(descriptor, 0);
  auto begin_to_end = [ring, descriptor] {
    CloseLate(ring.get(), descriptor);
    close(ring->ring_fd);
  };
  EndsLate(begin_to_end, [ring, descriptor] {
    munmap(ring->sq.sqes, ring->sq.ring_entries * sizeof(io_uring_sqe));
    munmap(ring->sq.ring_ptr, ring->sq.ring_sz);
    return !IsOpen(descriptor);
  });
}

bool Exists(pid_t pid) { return kill(pid, 0) == 0; }

// Sees the children that were told to it, until nothing is left of them. A
// child is this process's own affair, or so its author says.
class ChildProbe : public Probe {
 public:
  static void Watch(pid_t pid) { watched_.insert(pid); }

  std::string name() const override { return "child process"; }
  Listing List() override {
    Listing listing;
    for (const pid_t pid : watched_) {
      if (Exists(pid)) listing.Add(pid);
    }
    return listing;
  }
  bool OnlyThisProcessChangesIt() const override { return true; }

 private:
  inline static std::set<pid_t> watched_;
};

class LateChildTest : public LateTest {
 public:
  static void SetUpTestSuite() {
    probe_ =
        std::make_unique<ProbeRegistration>(std::make_unique<ChildProbe>());
  }
  static void TearDownTestSuite() {
    LateTest::TearDownTestSuite();
    probe_.reset();
  }

 protected:
  void ChildEndsLate() {
    LateChild child;
    ChildProbe::Watch(child.pid());
    EndsLate([child]() mutable { child.BeginToEnd(); },
             [child] {
               signal(SIGCHLD, SIG_DFL);
               return !Exists(child.pid());
             });
  }

 private:
  inline static std::unique_ptr<ProbeRegistration> probe_;
};

TEST_F(LateChildTest, IsReapedByTheKernelWhenSigchldIsIgnored) {
  signal(SIGCHLD, SIG_IGN);
  ChildEndsLate();
}

TEST_F(LateChildTest, IsReapedByTheKernelWithNocldwait) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDWAIT;
  ASSERT_EQ(sigaction(SIGCHLD, &action, nullptr), 0);
  ChildEndsLate();
}

// Sees one thing, until another process takes it away.
class SharedProbe : public Probe {
 public:
  explicit SharedProbe(const std::atomic<bool>* is_there)
      : is_there_(*is_there) {}

  std::string name() const override { return "shared thing"; }
  Listing List() override {
    Listing listing;
    if (is_there_) listing.Add(1);
    return listing;
  }

 private:
  const std::atomic<bool>& is_there_;
};

class LateOtherProcessTest : public LateTest {
 public:
  static void SetUpTestSuite() {
    void* const memory =
        mmap(nullptr, sizeof(*is_there_), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    is_there_ = new (memory) std::atomic<bool>(false);
    child_.emplace([] { *is_there_ = false; });
    probe_.emplace(std::make_unique<SharedProbe>(is_there_));
  }
  static void TearDownTestSuite() {
    LateTest::TearDownTestSuite();
    probe_.reset();
    EXPECT_EQ(waitpid(child_->pid(), nullptr, 0), child_->pid());
    munmap(is_there_, sizeof(*is_there_));
  }

 protected:
  inline static std::atomic<bool>* is_there_ = nullptr;
  inline static std::optional<LateChild> child_;

 private:
  inline static std::optional<ProbeRegistration> probe_;
};

TEST_F(LateOtherProcessTest, TakesItAway) {
  *is_there_ = true;
  EndsLate([] { child_->BeginToEnd(); }, [] { return !*is_there_; });
}

LeaseLedger& Ledger() {
  static auto* const ledger = new LeaseLedger("db");
  return *ledger;
}

// One of each kind, until it is destroyed.
class Holding {
 public:
  Holding()
      : lease_(Ledger().CheckOut(Ledger().Open("127.0.0.1:5432"))),
        descriptor_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] { Park(); }) {}
  ~Holding() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
    close(descriptor_);
  }

  bool HasEach() const { return lease_ && descriptor_ >= 0; }

 private:
  void Park() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  Lease lease_;
  int descriptor_;
  std::thread thread_;
};

class ReleasingFixtureTest : public testing::Test {
 protected:
  Holding holding_;
};

TEST_F(ReleasingFixtureTest, IsDestroyedBeforeTheLook) {
  EXPECT_TRUE(holding_.HasEach());
}

class ReleasingListener : public testing::EmptyTestEventListener {
 public:
  void Hold() { holding_ = std::make_unique<Holding>(); }
  bool holds() const { return holding_ != nullptr; }
  void OnTestEnd(const testing::TestInfo&) override { holding_.reset(); }

 private:
  std::unique_ptr<Holding> holding_;
};

class ReleasingListenerTest : public testing::Test {
 public:
  static void SetUpTestSuite() {
    listener_ = new ReleasingListener;
    testing::UnitTest::GetInstance()->listeners().Append(listener_);
  }
  static void TearDownTestSuite() {
    delete testing::UnitTest::GetInstance()->listeners().Release(listener_);
  }

 protected:
  inline static ReleasingListener* listener_ = nullptr;
};

TEST_F(ReleasingListenerTest, IsCalledBeforeTheLook) {
  listener_->Hold();
  EXPECT_TRUE(listener_->holds());
}

}  // namespace
}  // namespace leaktrap
