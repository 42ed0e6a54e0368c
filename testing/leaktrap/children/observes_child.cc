// Tests that pass and tests that leak, told by a program that looks at itself
// wherever Leaktrap has just looked. It is linked with Leaktrap and without.
//
// OBSERVES_DISTURB names something that a watcher ought not to do, and that
// this program then does in the watcher's stead.

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cfenv>
#include <clocale>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "children/parking.h"
#include "children/process_state.h"
#include "gtest/gtest.h"
#include "leaktrap/stack/waits_for_test.h"

namespace {

using leaktrap::children::AwaitThreads;
using leaktrap::children::Tell;
using leaktrap::children::TellState;
using leaktrap::internal::WaitForTest;
using leaktrap::internal::WaitsForTest;

std::atomic<int> children_that_ended{0};

// In the main thread only, and errno is left as a test would have set it.
void TellStateHere(const std::string& place) {
  TellState(place);
  Tell("signals that came", place,
       std::to_string(children_that_ended) + " of children");
}

// A state that is unlike that of other programs, so that one which is put back
// to what is usual is seen.
void MakeUnusual() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);  // some of the threads wait for it
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  kill(getpid(), SIGUSR1);  // and stays pending
  struct sigaction action = {};
  action.sa_handler = [](int) { ++children_that_ended; };
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGCHLD, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, nullptr);
  const itimerval far = {{7, 0}, {100'000, 0}};
  setitimer(ITIMER_REAL, &far, nullptr);
  setitimer(ITIMER_PROF, &far, nullptr);
  umask(027);
  std::fesetround(FE_UPWARD);
  std::srand(5);
  srandom(5);
  srand48(5);
  setlocale(LC_NUMERIC, "C.UTF-8");
  rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
  const sched_param none = {};
  sched_setscheduler(0, SCHED_BATCH, &none);
  prctl(PR_SET_TIMERSLACK, 60'000);
}

// Before the first listener hears of anything.
__attribute__((constructor(101))) void BeforeAll() {
  prctl(PR_SET_NAME, "observes");  // files of other names are run
}

class Surroundings : public testing::Environment {
 public:
  void SetUp() override {
    TellStateHere("environment's SetUp");
    MakeUnusual();
  }
  void TearDown() override { TellStateHere("environment's TearDown"); }
};

[[maybe_unused]] const auto* const kSurroundings =
    testing::AddGlobalTestEnvironment(new Surroundings);

class Observes : public testing::Test {
 protected:
  Observes() {
    TellStateHere(Name() + " begins");
    std::feclearexcept(FE_ALL_EXCEPT);
    errno = 0;
  }
  ~Observes() override {
    std::feclearexcept(FE_ALL_EXCEPT);
    errno = 77;
    TellStateHere(Name() + " ends");
    std::feclearexcept(FE_ALL_EXCEPT);
    errno = 77;
  }

  static std::string Name() {
    const testing::TestInfo& test =
        *testing::UnitTest::GetInstance()->current_test_info();
    return std::string(test.test_suite_name()) + "." + test.name();
  }
};

// First, while there is no thread but one.
using Alone = Observes;

TEST_F(Alone, Passes) {}
TEST_F(Alone, PassesOnceMore) {}
TEST_F(Alone, LeaksADescriptor) {
  ASSERT_GE(open("/dev/zero", O_RDONLY | O_CLOEXEC), 0);
}
TEST_F(Alone, LeaksADescriptorAndTrapsWhatIsInexact) {
  ASSERT_GE(open("/dev/zero", O_RDONLY | O_CLOEXEC), 0);
  feenableexcept(FE_ALL_EXCEPT);
}
TEST_F(Alone, TrapsNoMore) { fedisableexcept(FE_ALL_EXCEPT); }

pid_t leaked_child = 0;

TEST_F(Alone, LeaksAChild) {
  leaked_child = fork();
  if (leaked_child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_range(0, ~0u, 0);
    for (;;) pause();
  }
  ASSERT_GT(leaked_child, 0);
}

TEST_F(Alone, WaitsForTheChild) {
  ASSERT_EQ(kill(leaked_child, SIGKILL), 0);
  ASSERT_EQ(waitpid(leaked_child, nullptr, 0), leaked_child);
}

struct Waiter {
  std::string name;
  std::atomic<pthread_t> thread{0};
  std::atomic<int> state{-1};  // its own file "stat", while it begins
  std::atomic<bool> has_returned{false};
};

std::vector<Waiter*>& Waiters() {
  static auto* const waiters = new std::vector<Waiter*>;
  return *waiters;
}

long ThreadCount() {  // NOLINT(runtime/int)
  struct stat tasks = {};
  EXPECT_EQ(stat("/proc/self/task", &tasks), 0);
  return static_cast<long>(tasks.st_nlink) - 2;  // NOLINT(runtime/int)
}

// The most threads that there are while nobody runs a test's body.
class Counter {
 public:
  Counter() : thread_([this] { Run(); }) {
    while (tid_ == 0) usleep(100);
  }
  ~Counter() {
    ends_ = true;
    const pid_t tid = tid_;
    thread_.join();
    leaktrap::children::AwaitEndOf(tid);
  }
  void Go() {
    most_ = ThreadCount();  // it may not get to run before Stop()
    counts_ = true;
  }
  // What it saw since Go().
  long Stop() {  // NOLINT(runtime/int)
    counts_ = false;
    while (is_counting_) usleep(100);
    return most_;
  }

 private:
  void Run() {
    tid_ = gettid();
    while (!ends_) {
      is_counting_ = true;
      if (counts_) most_ = std::max(most_.load(), ThreadCount());
      is_counting_ = false;
      usleep(200);
    }
  }

  std::atomic<bool> ends_{false}, counts_{false}, is_counting_{false};
  std::atomic<long> most_{0};  // NOLINT(runtime/int)
  std::atomic<pid_t> tid_{0};
  std::thread thread_;
};

// Beside threads that wait in each way there is.
class Beside : public Observes {
 public:
  static void SetUpTestSuite() {
    leaktrap::internal::PrepareWaits();
    counter_ = new Counter;
    AwaitThreads();
  }
  static void TearDownTestSuite() {
    delete counter_;
    leaktrap::internal::EndWaits();
  }

 protected:
  Beside() {
    const auto most = counter_->Stop();
    Tell("threads", Name() + " begins",
         "at most " + std::to_string(most) + " since the test before");
    std::string returned;
    for (const Waiter* waiter : Waiters()) {
      if (waiter->has_returned) returned += " " + waiter->name;
    }
    Tell("waits that ended", Name() + " begins", returned);
  }
  ~Beside() override { counter_->Go(); }

  static inline Counter* counter_ = nullptr;
};

// Opens what tells whether the calling thread sleeps, above the numbers that
// are looked at: accept(2) holds the lowest free one while it waits.
int OpenOwnState() {
  const int low = open("/proc/thread-self/stat", O_RDONLY | O_CLOEXEC);
  const int state = fcntl(low, F_DUPFD_CLOEXEC, 900);
  close(low);
  return state;
}

void AwaitSleep(Waiter* waiter) {
  while (waiter->state < 0) usleep(100);
  std::string stat;
  do {
    usleep(100);
    stat.resize(500);
    stat.resize(pread(waiter->state, stat.data(), stat.size(), 0));
  } while (stat.find(") S") == std::string::npos);
  close(waiter->state);
}

// Started by a test, so that their stacks are looked at when it ends.
TEST_F(Beside, LeaksThreadsThatWait) {
  long expected = ThreadCount();  // NOLINT(runtime/int)
  for (const WaitForTest& wait : WaitsForTest()) {
    if (!leaktrap::internal::IsPossible(wait)) continue;
    auto* const waiter = new Waiter;
    waiter->name = wait.name;
    Waiters().push_back(waiter);
    std::thread([waiter, wait = wait.wait] {
      waiter->thread = pthread_self();
      waiter->state = OpenOwnState();
      wait();
      waiter->has_returned = true;
      for (;;) pause();
    }).detach();
    ++expected;
    // One of them starts and joins another.
    if (waiter->name == "Join") ++expected;
    while (ThreadCount() < expected) usleep(100);
    AwaitSleep(waiter);
  }
  AwaitThreads();
}

TEST_F(Beside, Passes) {}

TEST_F(Beside, LeaksADescriptor) {
  ASSERT_GE(open("/dev/zero", O_RDONLY | O_CLOEXEC), 0);
}

TEST_F(Beside, PassesAgain) {}

// What a watcher might do, at the end of a test.
void DisturbWaits() {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  sigaction(SIGURG, &action, nullptr);
  for (const Waiter* waiter : Waiters()) {
    if (waiter->name != "Poll") continue;
    pthread_kill(waiter->thread, SIGURG);
    while (!waiter->has_returned) usleep(100);
  }
}

void LeaveAThread() {
  const long before = ThreadCount();  // NOLINT(runtime/int)
  std::thread([] {
    for (;;) pause();
  }).detach();
  while (ThreadCount() == before) usleep(100);
  AwaitThreads();
}

void BlockASignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

const std::map<std::string, void (*)()>& Disturbances() {
  static const auto* const disturbances = new std::map<std::string, void (*)()>{
      {"waits that ended", DisturbWaits},
      {"threads", LeaveAThread},
      {"single threaded", LeaveAThread},
      {"signal masks", BlockASignal},
      {"handlers", [] { signal(SIGHUP, SIG_IGN); }},
      {"pending signals", [] { kill(getpid(), SIGUSR2); }},
      {"signals that came", [] { kill(getpid(), SIGCHLD); }},
      {"descriptors", [] { fcntl(0, F_SETFD, FD_CLOEXEC); }},
      {"next descriptor", [] { (void)!dup(0); }},
      {"maps",
       [] { mmap(nullptr, 1, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }},
      {"environment", [] { setenv("LC_WATCHER", "was here", 1); }},
      {"locale", [] { setlocale(LC_ALL, "C"); }},
      {"working folder", [] { (void)!chdir("/"); }},
      {"process", [] { umask(022); }},
      {"limits",
       [] {
         const rlimit limit = {100, 100};
         setrlimit(RLIMIT_NOFILE, &limit);
       }},
      {"errno", [] { errno = ENOTTY; }},
      {"floating point", [] { std::feraiseexcept(FE_INEXACT); }},
      {"scheduling",
       [] {
         const sched_param none = {};
         sched_setscheduler(0, SCHED_OTHER, &none);
       }},
      {"timers", [] { alarm(0); }},
      {"random numbers", [] { std::rand(); }},
  };
  return *disturbances;
}

class Disturber : public testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const testing::TestInfo&) override {
    const char* const what = std::getenv("OBSERVES_DISTURB");
    if (what != nullptr) Disturbances().at(what)();
  }
};

[[maybe_unused]] const bool kMayDisturb = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Disturber);
  return true;
}();

}  // namespace
