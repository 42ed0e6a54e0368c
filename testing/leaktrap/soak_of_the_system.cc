#include <aio.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <liburing.h>
#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/soak_sort.h"

namespace leaktrap {
namespace {

void Popen() {
  FILE* const pipe = popen("echo clean", "re");
  ASSERT_NE(pipe, nullptr);
  char line[16] = {};
  EXPECT_NE(std::fgets(line, sizeof(line), pipe), nullptr);
  EXPECT_EQ(pclose(pipe), 0);
}

void System() { EXPECT_EQ(std::system("exit 0"), 0); }

void ForkAndWait() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

void LookUpAName() {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", "80", nullptr, &found) == 0) freeaddrinfo(found);
}

[[maybe_unused]] void LookUpANameBesides() {
  gaicb request = {};
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  request.ar_name = "127.0.0.1";
  request.ar_request = &hints;
  gaicb* list[] = {&request};
  ASSERT_EQ(getaddrinfo_a(GAI_WAIT, list, 1, nullptr), 0);
  freeaddrinfo(request.ar_result);
}

void ReadBesides() {
  const int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  char byte;
  aiocb request = {};
  request.aio_fildes = file;
  request.aio_buf = &byte;
  request.aio_nbytes = 1;
  ASSERT_EQ(aio_read(&request), 0);
  const aiocb* list[] = {&request};
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, nullptr);
  EXPECT_EQ(aio_return(&request), 1);
  close(file);
}

struct Fired {
  std::mutex mutex;
  std::condition_variable changed;
  bool has_fired = false;
};

[[maybe_unused]] void TimerThatCallsAThread() {
  static auto* const fired = new Fired;
  fired->has_fired = false;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) {
    const std::lock_guard<std::mutex> lock(fired->mutex);
    fired->has_fired = true;
    fired->changed.notify_one();
  };
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  itimerspec soon = {};
  soon.it_value.tv_nsec = 1000;
  ASSERT_EQ(timer_settime(timer, 0, &soon, nullptr), 0);
  std::unique_lock<std::mutex> lock(fired->mutex);
  fired->changed.wait(lock, [] { return fired->has_fired; });
  timer_delete(timer);
}

// With a thread of the kernel's that polls it, where there is io_uring.
void PolledRing() {
  io_uring ring;
  if (io_uring_queue_init(4, &ring, IORING_SETUP_SQPOLL) != 0) return;
  io_uring_prep_nop(io_uring_get_sqe(&ring));
  EXPECT_EQ(io_uring_submit(&ring), 1);
  io_uring_cqe* done = nullptr;
  EXPECT_EQ(io_uring_wait_cqe(&ring, &done), 0);
  io_uring_cqe_seen(&ring, done);
  io_uring_queue_exit(&ring);
}

void SocketsOfTwoThreads() {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  std::thread echo([end = ends[1]] {
    char byte;
    EXPECT_EQ(recv(end, &byte, 1, 0), 1);
    EXPECT_EQ(send(end, &byte, 1, 0), 1);
    close(end);
  });
  char byte = 'x';
  EXPECT_EQ(send(ends[0], &byte, 1, 0), 1);
  EXPECT_EQ(recv(ends[0], &byte, 1, 0), 1);
  echo.join();
  close(ends[0]);
}

// OpenMP's, as the compiler has it called: a team that grows and shrinks, whose
// workers stay.
[[maybe_unused]] void ParallelTeam() {
  using Parallel = void(void (*)(void*), void*, unsigned, unsigned);
  static const auto parallel = reinterpret_cast<Parallel*>(
      dlsym(dlopen("libgomp.so.1", RTLD_NOW), "GOMP_parallel"));
  static unsigned team = 0;
  team = team % 4 + 2;
  std::atomic<unsigned> members{0};
  parallel([](void* count) { ++*static_cast<std::atomic<unsigned>*>(count); },
           &members, team, /*flags=*/0);
  EXPECT_EQ(members, team);
}

}  // namespace

std::vector<SoakSort> SoakSortsOfTheSystem() {
  return {
      {"Popen", Popen},
      {"System", System},
      {"ForkAndWait", ForkAndWait},
      {"LookUpAName", LookUpAName},
      {"ReadBesides", ReadBesides},
      {"PolledRing", PolledRing},
      {"SocketsOfTwoThreads", SocketsOfTwoThreads},
#ifndef __SANITIZE_THREAD__
      // Its runtime crashes in threads that it did not see being created.
      {"LookUpANameBesides", LookUpANameBesides},
      {"TimerThatCallsAThread", TimerThatCallsAThread},
      // Nor does it see how the members of a team wait for each other.
      {"ParallelTeam", ParallelTeam},
#endif
  };
}

}  // namespace leaktrap
