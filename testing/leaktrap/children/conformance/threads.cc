// Threads, and what lets go of them.

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <thread>

#include "children/conformance/way.h"
#include "children/parking.h"

namespace leaktrap::conformance {
namespace {

using children::AwaitEndOf;
using children::Parking;

constexpr char kTable[] = "Threads";

void* Park(void* parking) {
  static_cast<Parking*>(parking)->Park();
  return nullptr;
}

int ParkInC11(void* parking) {
  static_cast<Parking*>(parking)->Park();
  return 0;
}

void* TellAndReturn(void* tid) {
  *static_cast<std::atomic<pid_t>*>(tid) = gettid();
  return nullptr;
}

void AwaitEnd(const std::atomic<pid_t>& tid) {
  while (tid == 0) usleep(100);
  AwaitEndOf(tid);
}

// Those of a thread that is forgotten stay for ever.
Parking& NewParking() { return *new Parking; }

WAY(pthread_create, kThread, "pthread_create", "`pthread_join`") {
  Parking& parking = NewParking();
  pthread_t thread;
  if (pthread_create(&thread, nullptr, Park, &parking) != 0) return nullptr;
  parking.AwaitThread();
  return [&parking, thread] {
    parking.Open();
    pthread_join(thread, nullptr);
    delete &parking;
  };
}

WAY(pthread_create_detached, kThread, "pthread_create", "its end") {
  Parking& parking = NewParking();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, Park, &parking);
  pthread_attr_destroy(&attributes);
  if (error != 0) return nullptr;
  parking.AwaitThread();
  return [&parking] { parking.Open(); };
}

// Its stack is never freed.
WAY(pthread_create_finished, kThreadIfRecorded, "pthread_create",
    "`pthread_join`, `pthread_detach`") {
  pthread_t thread;
  std::atomic<pid_t> tid = 0;
  if (pthread_create(&thread, nullptr, TellAndReturn, &tid) != 0) {
    return nullptr;
  }
  AwaitEnd(tid);
  return [thread] { pthread_join(thread, nullptr); };
}

WAY(std_thread, kThread, "pthread_create", "`join()`") {
  Parking& parking = NewParking();
  auto thread = std::make_shared<std::thread>([&] { parking.Park(); });
  parking.AwaitThread();
  return [&parking, thread] {
    parking.Open();
    thread->join();
    delete &parking;
  };
}

WAY(std_thread_detached, kThread, "pthread_create", "its end") {
  Parking& parking = NewParking();
  std::thread([&] { parking.Park(); }).detach();
  parking.AwaitThread();
  return [&parking] { parking.Open(); };
}

WAY(std_async, kThread, "pthread_create", "the destructor of its future") {
  Parking& parking = NewParking();
  auto future = std::make_shared<std::future<void>>(
      std::async(std::launch::async, [&] { parking.Park(); }));
  parking.AwaitThread();
  return [&parking, future]() mutable {
    parking.Open();
    future->wait();
    *future = {};
    delete &parking;
  };
}

WAY(std_async_deferred, kNothing, "", "none is made") {
  return Keep(std::make_unique<std::future<void>>(
      std::async(std::launch::deferred, [] {})));
}

WAY(thrd_create, kThread, "thrd_create", "`thrd_join`") {
  Parking& parking = NewParking();
  thrd_t thread;
  if (thrd_create(&thread, ParkInC11, &parking) != thrd_success) return nullptr;
  parking.AwaitThread();
  return [&parking, thread] {
    parking.Open();
    thrd_join(thread, nullptr);
    delete &parking;
  };
}

// Has the maker's thread-local storage: it calls nothing that uses any.
struct RawThread {
  std::atomic<int> is_open{0};
  std::atomic<pid_t> tid{1};  // the kernel's to clear
  alignas(16) char stack[16384];
};

int RunRawThread(void* argument) {
  auto* const self = static_cast<RawThread*>(argument);
  while (self->is_open == 0) {
    syscall(SYS_futex, &self->is_open, FUTEX_WAIT_PRIVATE, 0, nullptr);
  }
  return 0;
}

WAY(clone_thread, kThread, "", "its end") {
  auto* const self = new RawThread;
  const int made =
      clone(RunRawThread, self->stack + sizeof(self->stack),
            CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
            self, nullptr, nullptr, &self->tid);
  if (made == -1) return nullptr;
  return [self] {
    self->is_open = 1;
    syscall(SYS_futex, &self->is_open, FUTEX_WAKE_PRIVATE, 1);
    // The kernel wakes whoever waits for it, of any process.
    while (self->tid != 0) {
      syscall(SYS_futex, &self->tid, FUTEX_WAIT, 1, nullptr);
    }
    delete self;
  };
}

}  // namespace
}  // namespace leaktrap::conformance
