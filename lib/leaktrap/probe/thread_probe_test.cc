#include "leaktrap/probe/thread_probe.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_reserve.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/probe.h"
#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::StartsWith;

// A thread parked in a condition variable until the object is gone.
class ParkedThread {
 public:
  explicit ParkedThread(const char* name = "parked") {
    thread_ = std::thread([this, name] {
      pthread_setname_np(pthread_self(), name);
      std::unique_lock<std::mutex> lock(mutex_);
      tid_ = OwnProcTid();
      changed_.notify_all();
      changed_.wait(lock, [this] { return done_; });
    });
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return tid_ != 0; });
  }
  ~ParkedThread() { End(); }

  void End() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  uint64_t tid() const { return tid_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int tid_ = 0;
  bool done_ = false;
  std::thread thread_;
};

// As proc_pid_stat(5) has it: the 22nd field. The thread's name has no blank.
std::array<uint64_t, 3> StampOf(uint64_t tid) {
  std::ifstream stat("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string field;
  for (int i = 0; i < 22; ++i) stat >> field;
  EXPECT_NE(field, "");
  return {std::stoull(field), 0, 0};
}

class ThreadProbeTest : public testing::Test {
 protected:
  std::optional<Identity> Find(uint64_t tid) {
    const Listing listing = probe_->List();
    EXPECT_EQ(listing.error, "");
    for (const Identity& identity : listing.identities) {
      if (identity.number == tid) return identity;
    }
    return std::nullopt;
  }

  // Describes until `fits`: a thread needs a moment to come to rest.
  template <typename Fits>
  Resource DescribeUntil(uint64_t tid, Fits fits) {
    const auto identity = Find(tid);
    if (!identity) {
      ADD_FAILURE() << tid << " is not listed";
      return {};
    }
    for (int i = 0;; ++i) {
      const auto resource = probe_->Describe(*identity);
      if (!resource) {
        ADD_FAILURE() << tid << " is gone";
        return {};
      }
      if (fits(*resource) || i == 5000) {
        Resource described = *resource;
        described.now = probe_->DescribeActivity(*identity);
        return described;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const std::unique_ptr<Probe> probe_ = NewThreadProbe();
};

bool IsAtRest(const Resource& resource) {
  return resource.description.find(" in ") != std::string::npos;
}

TEST_F(ThreadProbeTest, IsWhatItSays) {
  EXPECT_EQ(probe_->kind(), Kind::kThread);
  EXPECT_EQ(probe_->name(), "thread");
  EXPECT_TRUE(probe_->OnlyThisProcessChangesIt());
}

TEST_F(ThreadProbeTest, OwnTidIsTheCallersOwn) {
  EXPECT_EQ(OwnProcTid(), gettid());
  int other = 0;
  std::thread([&] { other = OwnProcTid() == gettid() ? gettid() : 0; }).join();
  EXPECT_NE(other, 0);
  EXPECT_NE(other, OwnProcTid());
}

TEST_F(ThreadProbeTest, ListsAThreadForAsLongAsItLives) {
  ASSERT_TRUE(Find(OwnProcTid()));
  std::optional<Identity> identity;
  {
    ParkedThread thread;
    identity = Find(thread.tid());
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->kind, Kind::kThread);
    EXPECT_EQ(identity->source, 0u);
    EXPECT_EQ(identity->stamp, StampOf(thread.tid()));
    EXPECT_EQ(Find(thread.tid()), identity) << "the same at each look";
  }
  // A joined thread is listed for a moment longer.
  for (int i = 0; i < 5000 && Find(identity->number); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(Find(identity->number), std::nullopt);
  EXPECT_FALSE(probe_->Describe(*identity));
}

TEST_F(ThreadProbeTest, AnotherStartTimeIsAnotherThread) {
  ParkedThread thread;
  Identity identity = Find(thread.tid()).value();
  EXPECT_TRUE(probe_->Describe(identity));
  identity.stamp[0] += 1;
  EXPECT_FALSE(probe_->Describe(identity));
}

TEST_F(ThreadProbeTest, DescribesASleeper) {
  ParkedThread thread("http-body");
  const Resource resource = DescribeUntil(thread.tid(), IsAtRest);
  EXPECT_EQ(resource.name, "http-body");
  EXPECT_THAT(resource.description,
              StartsWith(std::to_string(thread.tid()) +
                         " \"http-body\", sleeping in futex_"));
  EXPECT_EQ("named" + resource.description.substr(
                          std::to_string(thread.tid()).size()),
            resource.likeness);
  EXPECT_THAT(resource.release, HasSubstr("join"));
  ASSERT_TRUE(resource.now);
  EXPECT_EQ(resource.now->syscall, "futex");
  EXPECT_TRUE(resource.now->is_complete);
  EXPECT_FALSE(resource.now->descriptor);
  EXPECT_EQ(resource.identity.number, thread.tid());
}

TEST_F(ThreadProbeTest, DescribesARunner) {
  std::atomic<int> tid{0};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    pthread_setname_np(pthread_self(), "runner");
    tid = OwnProcTid();
    while (!done) {
    }
  });
  while (tid == 0) std::this_thread::yield();
  const std::string expected = std::to_string(tid) + " \"runner\", running";
  const Resource resource = DescribeUntil(
      tid, [&](const Resource& r) { return r.description == expected; });
  EXPECT_EQ(resource.description, expected);
  ASSERT_TRUE(resource.now);
  EXPECT_TRUE(resource.now->stack.empty());
  EXPECT_EQ(resource.now->why_not, "running");
  done = true;
  thread.join();
}

TEST_F(ThreadProbeTest, DescribesAReaderOfAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ScopedFd read_end(ends[0]), write_end(ends[1]);
  std::atomic<int> tid{0};
  std::thread thread([&] {
    tid = OwnProcTid();
    char byte;
    EXPECT_EQ(read(read_end.get(), &byte, 1), 0);
  });
  while (tid == 0) std::this_thread::yield();
  const Resource resource = DescribeUntil(tid, [](const Resource& r) {
    return r.description.find("pipe") != std::string::npos;
  });
  EXPECT_THAT(resource.description, HasSubstr("sleeping in "));
  EXPECT_THAT(resource.description, HasSubstr("pipe"));
  ASSERT_TRUE(resource.now);
  EXPECT_EQ(resource.now->syscall, "read");
  EXPECT_EQ(resource.now->descriptor, read_end.get());
  write_end.Close();
  thread.join();
}

TEST_F(ThreadProbeTest, NamesMayHoldAnything) {
  const std::string euro = "12345678901234\u20ac";  // cut after its first byte
  for (const auto& [name, shown] :
       std::vector<std::pair<std::string, std::string>>{
           {") (", ") ("},
           {"a) R 1 (\nb", R"(a) R 1 (\nb)"},
           {"", ""},
           {euro.substr(0, 15), R"(12345678901234\xe2)"}}) {
    ParkedThread thread(name.c_str());
    const Resource resource = DescribeUntil(thread.tid(), IsAtRest);
    EXPECT_EQ(resource.name, shown);
    EXPECT_THAT(resource.likeness,
                StartsWith("named \"" + shown + "\", sleeping in "));
  }
}

nanoseconds BootTime() {
  timespec now;
  EXPECT_EQ(clock_gettime(CLOCK_BOOTTIME, &now), 0);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

TEST_F(ThreadProbeTest, AgeIsTimeSinceTheStart) {
  const nanoseconds tick(1'000'000'000 / sysconf(_SC_CLK_TCK));
  const nanoseconds before = BootTime();
  ParkedThread thread;
  const nanoseconds after = BootTime();
  const Identity identity = Find(thread.tid()).value();
  const nanoseconds described = BootTime();
  const auto age = probe_->Describe(identity)->age;
  ASSERT_TRUE(age);
  EXPECT_GE(*age, described - after);
  EXPECT_LE(*age, BootTime() - before + tick);
}

using Parked = std::vector<std::unique_ptr<ParkedThread>>;

void ExpectEachOnce(const Listing& listing, const Parked& parked) {
  ASSERT_EQ(listing.error, "");
  for (const auto& thread : parked) {
    const auto is_it = [&](const Identity& identity) {
      return identity.number == thread->tid();
    };
    ASSERT_EQ(std::count_if(listing.identities.begin(),
                            listing.identities.end(), is_it),
              1);
  }
}

// The kernel's own listing skips a thread that stays when one before it ends in
// the middle of it.
TEST_F(ThreadProbeTest, EndingThreadsHideNone) {
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    Parked stay;
    std::atomic<bool> go{false};
    std::vector<std::thread> end;
    for (int i = 0; i < 8; ++i) {
      end.emplace_back([&] {
        while (!go) std::this_thread::yield();
      });
      stay.push_back(std::make_unique<ParkedThread>());
    }
    go = true;
    ExpectEachOnce(probe_->List(), stay);
    for (std::thread& thread : end) thread.join();
    if (HasFatalFailure()) return;
  }
}

// So many threads end that no pass is like the one before.
TEST_F(ThreadProbeTest, ThreadsThatKeepEndingHideNone) {
  Parked stay;
  for (int i = 0; i < 60; ++i) stay.push_back(std::make_unique<ParkedThread>());
  std::atomic<bool> done{false};
  std::vector<std::thread> churn;
  for (int i = 0; i < 3; ++i) {
    churn.emplace_back([&] {
      while (!done) std::thread([] {}).join();
    });
  }
  for (int look = 0; look < 50; ++look) {
    SCOPED_TRACE(look);
    ExpectEachOnce(probe_->List(), stay);
    if (HasFatalFailure()) break;
  }
  done = true;
  for (std::thread& thread : churn) thread.join();
}

TEST_F(ThreadProbeTest, LooksWithTheReserveWhenNoDescriptorIsLeft) {
  ParkedThread thread("parked");
  Listing listing;
  std::optional<Resource> resource;
  {
    const SoftLimit limit(64);
    ASSERT_TRUE(TakeDescriptorReserve());
    const auto all = UseUpDescriptors();
    listing = probe_->List();
    if (!listing.identities.empty()) {
      resource = probe_->Describe(listing.identities.back());
    }
    EXPECT_TRUE(GiveUpDescriptorReserve());
  }
  EXPECT_EQ(listing.error, "");
  EXPECT_THAT(listing.identities, testing::Contains(*Find(OwnProcTid())));
  EXPECT_THAT(listing.identities, testing::Contains(*Find(thread.tid())));
  ASSERT_TRUE(resource);
  EXPECT_NE(resource->name, "");
}

TEST_F(ThreadProbeTest, SaysSoWhenNoDescriptorIsLeftAtAll) {
  Listing listing;
  {
    const SoftLimit limit(64);
    const auto all = UseUpDescriptors();
    listing = probe_->List();
  }
  EXPECT_THAT(listing.error,
              StartsWith("cannot list /proc/self/task: Too many open files; "));
  EXPECT_TRUE(listing.identities.empty());
}

// Runs `look` in a child process that sees no /proc. Returns what it returned,
// or nothing where the kernel does not let the child hide /proc.
std::optional<std::string> WithoutProc(std::string (*look)()) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  ScopedFd read_end(ends[0]), write_end(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
      _exit(2);
    }
    const std::string text = look();
    const ssize_t size = write(write_end.get(), text.data(), text.size());
    _exit(size == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  write_end.Close();
  std::string text;
  char buffer[512];
  for (ssize_t size; (size = read(read_end.get(), buffer, sizeof(buffer))) > 0;)
    text.append(buffer, size);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) return std::nullopt;
  EXPECT_EQ(status, 0);
  return text;
}

TEST_F(ThreadProbeTest, SaysSoWithoutProc) {
  const auto error = WithoutProc([] { return NewThreadProbe()->List().error; });
  if (!error) GTEST_SKIP() << "may not mount over /proc";
  EXPECT_EQ(*error,
            "cannot list /proc/self/task: No such file or directory; Leaktrap "
            "needs /proc mounted, or set LEAKTRAP_MODE=threads:off");
}

TEST_F(ThreadProbeTest, OwnTidCannotBeToldWithoutProc) {
  const auto told = WithoutProc([] {
    errno = 0;
    const int tid = OwnProcTid();
    return std::to_string(tid) + " " + std::to_string(errno);
  });
  if (!told) GTEST_SKIP() << "may not mount over /proc";
  EXPECT_EQ(*told, "0 " + std::to_string(ENOENT));
}

}  // namespace
}  // namespace leaktrap::internal
