// Quick looks and plain ones, side by side over random histories of a real
// process: they must see the same, whatever was opened, closed, swapped, begun
// and ended, with the recorder and without, on this kernel and on older ones.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/origin_source.h"
#include "leaktrap/check/probe_set.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/sanitizers.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/tsan_thread.h"
#include "leaktrap/pool/lease_ledger.h"
#include "leaktrap/probe/connection_probe.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/process_probe.h"
#include "leaktrap/probe/quick_probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/recorded_origins.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kMany = 40'000;
constexpr size_t kSome = 5'000;
constexpr size_t kMostDescriptors = 30;

class Waiting {
 public:
  Waiting() : thread_([this] { Wait(); }) {}
  ~Waiting() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

// What a program may do, one step after the other; all of it is undone at the
// end.
class History {
 public:
  // `swaps_unseen`: also by system calls that no recorder sees, one for the
  // other.
  History(unsigned seed, bool swaps_unseen)
      : random_(seed), swaps_unseen_(swaps_unseen) {
    OtherThreads();  // before there are any of its own
  }
  ~History() {
    for (const int fd : descriptors_) close(fd);
    if (child_ > 0) {
      EXPECT_EQ(waitpid(child_, nullptr, 0), child_);
    }
  }

  // A listener's steps are not looked for between two tests, if the recorder
  // has seen nothing: those that it does not see stay out of there.
  enum class By { kTest, kListener };

  void Step(By by) {
    switch (Below(12)) {
      case 0:
      case 1:
        if (descriptors_.size() < kMostDescriptors) Add(Open());
        break;
      case 2:
      case 3:
        if (!descriptors_.empty()) close(TakeAny());
        break;
      case 4: {  // what most tests do
        const int fd = Open();
        close(fd);
        break;
      }
      case 5:  // the same number again
        if (!descriptors_.empty()) {
          close(TakeAny());
          Add(Open());
        }
        break;
      case 6:
        if (descriptors_.size() >= 2) {
          const int fd = AnyDescriptor();
          EXPECT_EQ(dup2(AnyDescriptor(), fd), fd);
        }
        break;
      case 7:
        if (by == By::kTest) SwapOrOpenUnseen();
        break;
      case 8:
        if (threads_.size() < most_threads_) {
          threads_.push_back(std::make_unique<Waiting>());
        }
        break;
      case 9:
        if (!threads_.empty()) threads_.erase(threads_.begin());
        break;
      case 10:
        if (!threads_.empty() && Below(4) == 0) {
          threads_.erase(threads_.begin());
          threads_.push_back(std::make_unique<Waiting>());
        }
        break;
      case 11:
        if (Below(20) == 0) ForkOrWait();
        if (Below(500) == 0) most_threads_ = most_threads_ == 4 ? 24 : 4;
        if (Below(8) == 0) LeaseOrGiveBack();
        break;
    }
    AwaitThreads();
  }

 private:
  size_t Below(size_t end) { return random_() % end; }

  int Open() {
    switch (Below(5)) {
      case 0:
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
      case 1:
        return open("/dev/zero", O_RDONLY | O_CLOEXEC);
      case 2:
        return eventfd(0, EFD_CLOEXEC);
      case 3:
        return epoll_create1(EPOLL_CLOEXEC);
      default:
        return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
  }

  void SwapOrOpenUnseen() {
    if (descriptors_.size() >= kMostDescriptors) return;
    if (!swaps_unseen_) {  // nor closes any, or the two were a swap
      Add(UnseenOpen("/dev/null", O_RDONLY | O_CLOEXEC));
      return;
    }
    if (descriptors_.empty()) return;
    UnseenClose(TakeAny());
    Add(UnseenOpen(Below(2) == 0 ? "/dev/null" : "/dev/zero",
                   O_RDONLY | O_CLOEXEC));
  }

  void ForkOrWait() {
    if (child_ > 0) {
      EXPECT_GT(waitpid(std::exchange(child_, -1), nullptr, 0), 0);
      return;
    }
    child_ = fork();
    if (child_ == 0) _exit(0);
    EXPECT_GT(child_, 0);
  }

  void LeaseOrGiveBack() {
    if (lease_) {
      lease_.Return();
    } else {
      lease_ = pool_.CheckOut(connection_);
    }
  }

  // Main's, and ThreadSanitizer's own.
  static size_t OtherThreads() {
    static const size_t count = 1 + WakeTsanThread().size();
    return count;
  }

  // Threads that were joined are listed a moment longer, and a look between
  // two tests does not ask whether they still are.
  void AwaitThreads() const {
    while (ThreadCount() != OtherThreads() + threads_.size()) {
      std::this_thread::yield();
    }
  }

  void Add(int fd) {
    EXPECT_GE(fd, 0);
    descriptors_.push_back(fd);
  }
  int AnyDescriptor() { return descriptors_[Below(descriptors_.size())]; }
  int TakeAny() {
    int& any = descriptors_[Below(descriptors_.size())];
    std::swap(any, descriptors_.back());
    const int fd = descriptors_.back();
    descriptors_.pop_back();
    return fd;
  }

  std::minstd_rand random_;
  const bool swaps_unseen_;
  size_t most_threads_ = 4;
  std::vector<int> descriptors_;
  std::vector<std::unique_ptr<Waiting>> threads_;
  pid_t child_ = -1;
  LeaseLedger pool_{"history"};
  const uint64_t connection_ = pool_.Open("peer");
  Lease lease_;
};

std::string Text(const Snapshot& snapshot) {
  std::ostringstream text;
  for (const Identity& identity : snapshot.seen->identities) {
    text << KindName(identity.kind) << ' ' << identity.number << " {"
         << identity.stamp[0] << ", " << identity.stamp[1] << ", "
         << identity.stamp[2] << "} " << identity.sequence << '\n';
  }
  return text.str();
}

struct Case {
  const char* name;
  bool recorded;
  bool swaps_unseen;
  KernelTells tells;
  size_t steps;
};

class QuickLookHistoryTest : public testing::TestWithParam<Case> {
 protected:
  QuickLookHistoryTest() {
    Options options;
    options.SetRecord(GetParam().recorded ? Record::kCalls : Record::kOff);
    std::string why_not;
    origins_ = StartRecording(options, &why_not);
    EXPECT_EQ(why_not.empty(), GetParam().recorded) << why_not;
    std::vector<std::unique_ptr<Probe>> probes;
    probes.push_back(NewThreadProbe(GetParam().tells));
    probes.push_back(NewDescriptorProbe(GetParam().tells));
    probes.push_back(NewConnectionProbe());
    probes.push_back(NewProcessProbe());
    probes_.emplace(std::move(probes), UserProbes, origins_.get());
  }

  struct Looks {
    Snapshot quick, plain;
  };

  // Both, while nothing changes: a thread may have only just begun to run.
  Looks LookBothWays(Since since) {
    for (;;) {
      const Snapshot before = probes_->Take(Options());
      Looks looks;
      looks.quick = probes_->TakeQuickly(Options(), since);
      looks.plain = probes_->Take(Options());
      EXPECT_EQ(looks.quick.error + looks.plain.error, "");
      if (*before.seen == *looks.plain.seen) {
        EXPECT_TRUE(*looks.quick.seen == *looks.plain.seen)
            << "a quick look has missed something\n"
            << Text(looks.quick) << "plain:\n"
            << Text(looks.plain);
        return looks;
      }
    }
  }

  std::unique_ptr<OriginSource> origins_;
  std::optional<ProbeSet> probes_;
};

TEST_P(QuickLookHistoryTest, SeesWhatAPlainLookSees) {
  const size_t steps = GetParam().steps / (RunsSlowly() ? 10 : 1);
  std::minstd_rand random(7);
  History history(42, GetParam().swaps_unseen);
  size_t shared = 0;
  size_t tests = 0;
  Since since = Since::kTest;
  for (size_t step = 0; step < steps && !HasFailure();) {
    const Looks before = LookBothWays(since);
    for (size_t end = step + random() % 8; step <= end; ++step) {
      history.Step(History::By::kTest);
    }
    const Looks after = LookBothWays(Since::kTest);
    EXPECT_EQ(Created(before.quick, after.quick, {}),
              Created(before.plain, after.plain, {}))
        << "after " << step << " steps";
    EXPECT_EQ(Gone(before.quick, after.quick), Gone(before.plain, after.plain));
    ++tests;
    if (before.quick.seen == after.quick.seen) ++shared;
    // Now and then a listener does something, too.
    if (random() % 4 == 0) history.Step(History::By::kListener);
    since = Since::kListeners;
  }
  // Or nothing was tested here.
  EXPECT_GT(shared, tests / 20);
  EXPECT_LT(shared, tests);
}

constexpr KernelTells kAll;
constexpr KernelTells kOldKernel = {false, true, true};  // before 6.2
constexpr KernelTells kNoLastTid = {true, true, false};
constexpr KernelTells kNothing = {false, false, false};

INSTANTIATE_TEST_SUITE_P(
    Kernels, QuickLookHistoryTest,
    testing::Values(
        Case{"Recorded", true, false, kAll, kMany},
        Case{"RecordedOnAnOldKernel", true, false, kOldKernel, kSome},
        Case{"Unrecorded", false, true, kAll, kMany},
        Case{"UnrecordedOnAnOldKernel", false, true, kOldKernel, kSome},
        Case{"UnrecordedWithoutLastTid", false, true, kNoLastTid, kSome},
        Case{"UnrecordedNothingTold", false, true, kNothing, kSome}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace leaktrap::internal
