// The proof's conditions on the process as a whole.

#include "leaktrap/check/early_end_proof.h"

#include <liburing.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "gtest/gtest.h"
#include "leaktrap/check/early_end_proof_for_test.h"

namespace leaktrap::internal {
namespace {

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

// A process may be born with SIGCHLD ignored: then only the kernel knows, and
// no sanitizer that watches the calls of sigaction().
TEST_F(EarlyEndProofTest, NotAboutChildrenWhenOnlyTheKernelKnows) {
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
