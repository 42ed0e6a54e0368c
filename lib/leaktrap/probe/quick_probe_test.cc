#include "leaktrap/probe/quick_probe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/probe/child_processes_for_test.h"
#include "leaktrap/probe/descriptor_probe.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/issued_tids.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/probe/process_probe.h"
#include "leaktrap/probe/thread_probe.h"
#include "leaktrap/resource/identity.h"

namespace leaktrap::internal {
namespace {

KernelTells AllBut(bool KernelTells::*one) {
  KernelTells tells;
  tells.*one = false;
  return tells;
}

// A probe and what it listed last.
class Watched {
 public:
  explicit Watched(std::unique_ptr<Probe> probe) : probe_(std::move(probe)) {
    List();
  }

  void List() {
    Quick().StartRemembering();
    Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    last_ = std::move(listing.identities);
    std::sort(last_.begin(), last_.end());
  }
  bool StillShows(Records records = Records::kNone) {
    return Quick().StillShows(last_, records);
  }
  // Of somebody else's.
  void ListUnremembered() { EXPECT_EQ(probe_->List().error, ""); }

 private:
  QuickProbe& Quick() { return dynamic_cast<QuickProbe&>(*probe_); }

  const std::unique_ptr<Probe> probe_;
  std::vector<Identity> last_;
};

// A thread that waits until the object is gone.
class Waiting {
 public:
  Waiting() {
    std::unique_lock<std::mutex> lock(mutex_);
    thread_ = std::thread([this] {
      std::unique_lock<std::mutex> own(mutex_);
      runs_ = true;
      changed_.notify_all();
      changed_.wait(own, [this] { return over_; });
    });
    changed_.wait(lock, [this] { return runs_; });
  }
  ~Waiting() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool runs_ = false;
  bool over_ = false;
  std::thread thread_;
};

// Main's, and ThreadSanitizer's own, which comes with the first thread.
size_t OtherThreads() {
  static const size_t count = [] {
    { const Waiting first; }
    for (int i = 0; i < 100 && ThreadCount() > 1; ++i) usleep(1000);
    return ThreadCount();
  }();
  return count;
}

// A joined thread is counted for a moment longer.
void AwaitThreads(size_t count) {
  while (ThreadCount() != OtherThreads() + count) std::this_thread::yield();
}

TEST(QuickDescriptorsTest, SeeWhatWasOpenedAndWhatWasClosed) {
  Watched descriptors(NewDescriptorProbe());
  EXPECT_TRUE(descriptors.StillShows());
  {
    const ScopedFd fd(eventfd(0, EFD_CLOEXEC));
    EXPECT_FALSE(descriptors.StillShows());
    EXPECT_FALSE(descriptors.StillShows(Records::kUnchanged));
    descriptors.List();
    EXPECT_TRUE(descriptors.StillShows());
  }
  EXPECT_FALSE(descriptors.StillShows());
  EXPECT_FALSE(descriptors.StillShows(Records::kUnchanged));
}

TEST(QuickDescriptorsTest, SeeAnotherFileAtTheSameNumber) {
  const ScopedFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const ScopedFd other(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  Watched descriptors(NewDescriptorProbe());
  ASSERT_EQ(dup3(other.get(), fd.get(), O_CLOEXEC), fd.get());
  EXPECT_FALSE(descriptors.StillShows());
  // The recorder knows better, where it has seen that.
  EXPECT_TRUE(descriptors.StillShows(Records::kUnchanged));
}

TEST(QuickDescriptorsTest, TellSortsOfAnonymousInodesApart) {
  const ScopedFd fd(eventfd(0, EFD_CLOEXEC));
  const ScopedFd other(epoll_create1(EPOLL_CLOEXEC));
  Watched descriptors(NewDescriptorProbe());
  ASSERT_EQ(dup3(other.get(), fd.get(), O_CLOEXEC), fd.get());
  EXPECT_FALSE(descriptors.StillShows());
}

TEST(QuickDescriptorsTest, DoNotCountTheReserve) {
  ASSERT_TRUE(TakeDescriptorReserve());
  Watched descriptors(NewDescriptorProbe());
  EXPECT_TRUE(descriptors.StillShows());
  ASSERT_TRUE(GiveUpDescriptorReserve());
  EXPECT_TRUE(descriptors.StillShows());
}

TEST(QuickDescriptorsTest, AreNotSureWhereTheKernelDoesNotCount) {
  Watched descriptors(
      NewDescriptorProbe(AllBut(&KernelTells::descriptor_count)));
  EXPECT_FALSE(descriptors.StillShows());
  EXPECT_FALSE(descriptors.StillShows(Records::kUnchanged));
}

TEST(QuickThreadsTest, SeeWhichBegunAndWhichEnded) {
  AwaitThreads(0);
  Watched threads(NewThreadProbe());
  EXPECT_TRUE(threads.StillShows());
  {
    const Waiting thread;
    EXPECT_FALSE(threads.StillShows());
    EXPECT_FALSE(threads.StillShows(Records::kUnchanged));
    threads.List();
    EXPECT_TRUE(threads.StillShows());
  }
  AwaitThreads(0);
  EXPECT_FALSE(threads.StillShows());
  EXPECT_FALSE(threads.StillShows(Records::kUnchanged));
}

// Few and many threads are asked for in two ways.
TEST(QuickThreadsTest, SeeOneInThePlaceOfAnother) {
  for (const KernelTells& tells :
       {KernelTells(), AllBut(&KernelTells::last_tid)}) {
    for (const size_t others : {0, 40}) {
      SCOPED_TRACE(testing::Message() << others << ' ' << tells.last_tid);
      AwaitThreads(0);
      const std::vector<Waiting> crowd(others);
      std::optional<Waiting> one(std::in_place);
      Watched threads(NewThreadProbe(tells));
      EXPECT_TRUE(threads.StillShows());
      EXPECT_TRUE(threads.StillShows());
      one.reset();
      AwaitThreads(others);
      one.emplace();
      threads.ListUnremembered();
      EXPECT_FALSE(threads.StillShows());
      EXPECT_TRUE(threads.StillShows(Records::kUnchanged));
      threads.List();
      EXPECT_TRUE(threads.StillShows());
    }
  }
}

TEST(QuickThreadsTest, AreNotSureWhereTheKernelDoesNotCount) {
  Watched threads(NewThreadProbe(AllBut(&KernelTells::thread_count)));
  EXPECT_FALSE(threads.StillShows());
}

TEST(QuickProcessesTest, AreSureOnlyWhereThereIsNone) {
  Watched processes(NewProcessProbe());
  EXPECT_TRUE(processes.StillShows());
  const ScopedChild child;
  EXPECT_FALSE(processes.StillShows());
  processes.List();
  EXPECT_FALSE(processes.StillShows());
}

TEST(IssuedTidsTest, KnowOurThreadsFromOthers) {
  AwaitThreads(0);
  IssuedTids issued;
  issued.Start();
  const size_t kAny = 100'000;
  const std::optional<bool> none = issued.AnyOurs(kAny);
  if (!none.has_value()) GTEST_SKIP() << "no ns_last_pid here";
  EXPECT_FALSE(*none);
  ScopedChild child;  // its id is of another process
  EXPECT_EQ(issued.AnyOurs(kAny), false);
  const Waiting thread;
  EXPECT_EQ(issued.AnyOurs(kAny), true);
  EXPECT_EQ(issued.AnyOurs(kAny), true);  // it still lives
}

TEST(IssuedTidsTest, DoNotAskForMoreThanTheyMay) {
  IssuedTids issued;
  EXPECT_FALSE(issued.AnyOurs(1).has_value()) << "not started";
  issued.Start();
  const ScopedChild first, second;
  EXPECT_FALSE(issued.AnyOurs(1).has_value());
}

TEST(IssuedTidsTest, OwnThreads) {
  EXPECT_TRUE(IsOwnThread(getpid(), gettid()));
  EXPECT_FALSE(IsOwnThread(getpid(), 1));
  const ScopedChild child;
  EXPECT_FALSE(IsOwnThread(getpid(), child.pid()));
}

}  // namespace
}  // namespace leaktrap::internal
