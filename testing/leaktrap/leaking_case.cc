#include "leaktrap/leaking_case.h"

#include <fcntl.h>
#include <malloc.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <new>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "leaktrap/check/judge.h"
#include "leaktrap/check/quick_look.h"
#include "leaktrap/check/reported.h"
#include "leaktrap/check/settle.h"
#include "leaktrap/check/snapshot.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/lookout.h"
#include "leaktrap/report/text_report.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/symbolizer.h"

namespace {

std::atomic<size_t> allocated{0};
std::atomic<size_t> peak{0};

void* Count(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const size_t now = allocated += malloc_usable_size(memory);
  size_t most = peak;
  while (now > most && !peak.compare_exchange_weak(most, now)) {
  }
  return memory;
}

void Discount(void* memory) {
  if (memory == nullptr) return;
  allocated -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) { return Count(std::malloc(size)); }
void operator delete(void* memory) noexcept { Discount(memory); }
void operator delete(void* memory, size_t) noexcept { Discount(memory); }

namespace leaktrap::internal {
namespace {

using Steady = std::chrono::steady_clock;

constexpr char kTasks[] = "/proc/self/task";

void WaitFor(sem_t* semaphore) {
  while (sem_wait(semaphore) != 0) {
  }
}

__attribute__((noinline)) void Read(sem_t* semaphore) { WaitFor(semaphore); }
__attribute__((noinline)) void Write(sem_t* semaphore) { WaitFor(semaphore); }

// As many as may be, for the whole process.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Whether the thread waits in futex(2).
bool IsParked(const std::string& folder) {
  std::ifstream file(folder + "/syscall");
  std::string number;
  return file >> number && number == std::to_string(SYS_futex);
}

int OpenOne(size_t kind) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR2);
  switch (kind) {
    case 0:
      return open("/dev/null", O_RDONLY | O_CLOEXEC);
    case 1:
      return open("/", O_DIRECTORY | O_CLOEXEC);
    case 2:
      return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    case 3:
      return eventfd(0, EFD_CLOEXEC);
    case 4:
      return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    case 5:
      return signalfd(-1, &signals, SFD_CLOEXEC);
    case 6:
      return memfd_create("leaking", MFD_CLOEXEC);
    case 7:
      return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    case 8:
      return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    default:
      return epoll_create1(EPOLL_CLOEXEC);
  }
}

// Of all stacks of those leaks.
std::vector<uintptr_t> AddressesOf(const std::vector<Resource>& leaks) {
  std::set<uintptr_t> addresses;
  for (const Resource& leak : leaks) {
    if (leak.origin.has_value()) {
      addresses.insert(leak.origin->stack.begin(), leak.origin->stack.end());
    }
    if (leak.now.has_value()) {
      addresses.insert(leak.now->stack.begin(), leak.now->stack.end());
    }
  }
  return {addresses.begin(), addresses.end()};
}

}  // namespace

ParkedThreads::ParkedThreads(size_t count) : wanted_(count) {
  const std::string own = std::to_string(gettid());
  sem_init(&go_on_, 0, 0);
  threads_.reserve(count);
  try {
    while (threads_.size() < count) {
      if (threads_.size() % 2 == 0) {
        StartReader();
      } else {
        StartWriter();
      }
    }
  } catch (const std::system_error&) {
    return;  // not complete
  }
  for (const auto& task : std::filesystem::directory_iterator(kTasks)) {
    const std::string tid = task.path().filename().string();
    while (tid != own && !IsParked(task.path().string())) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
}

ParkedThreads::~ParkedThreads() {
  for (size_t i = 0; i < threads_.size(); ++i) sem_post(&go_on_);
  for (std::thread& thread : threads_) thread.join();
  sem_destroy(&go_on_);
}

__attribute__((noinline)) void ParkedThreads::StartReader() {
  threads_.emplace_back([this] { Read(&go_on_); });
}

__attribute__((noinline)) void ParkedThreads::StartWriter() {
  threads_.emplace_back([this] { Write(&go_on_); });
}

OpenDescriptors::OpenDescriptors(size_t count) : wanted_(count) {
  RaiseDescriptorLimit();
  descriptors_.reserve(count);
  while (descriptors_.size() < count) {
    const int descriptor = OpenOne(descriptors_.size() % 10);
    if (descriptor < 0) return;  // not complete
    descriptors_.push_back(descriptor);
  }
}

OpenDescriptors::~OpenDescriptors() {
  for (int descriptor : descriptors_) close(descriptor);
}

Lookout& ReadyLookout() {
  static auto* const lookout = [] {
    auto* const made = new Lookout();
    const std::string why_not = made->GetReady();
    if (why_not.empty() && made->records()) return made;
    std::fprintf(stderr, "%s\n%s\n", why_not.c_str(),
                 made->why_not_recorded().c_str());
    std::exit(1);
  }();
  return *lookout;
}

ToldLeaks TellLeaks(const Snapshot& before) {
  ToldLeaks told;
  const auto start = Steady::now();
  Reported reported;
  const Verdict verdict = ReadyLookout().verifier()->Check(
      "Leaking.Case", before, ReadyLookout().options(), Budget(), &reported,
      Since::kTest);
  const auto judged = Steady::now();
  const std::vector<Resource>& leaks = verdict.judgement.leaks;
  // What a symbolizer says is remembered: asked in advance, and anew.
  Symbolize(AddressesOf(leaks));
  const auto known = Steady::now();
  told.report = LeakText("Leaking.Case", leaks, verdict.settled);
  const auto end = Steady::now();
  Symbolizer(Symbolizer::OptionsFromEnvironment())
      .Symbolize(AddressesOf(leaks));
  told.symbolized = Steady::now() - end;
  told.judged = judged - start;
  told.told = end - known;
  told.waited = verdict.settled.waited;
  told.leaks = leaks.size();
  told.is_proven = verdict.settled.ended == Ended::kProof;
  return told;
}

size_t AllocatedBytes() { return allocated; }
size_t PeakBytes() { return peak; }
void ForgetPeak() { peak = allocated.load(); }

}  // namespace leaktrap::internal
