// Threads that look frozen when their test ends, and end by themselves a moment
// later. Each is checked by Leaktrap itself: a false alarm turns it red.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "leaktrap/settling_late.h"

namespace leaktrap {
namespace {

class LateThreadTest : public LateTest {
 protected:
  // Detaches a thread that runs `body` and is ended by `begin_to_end`.
  template <typename Body, typename BeginToEnd>
  void ThreadEndsLate(Body body, BeginToEnd begin_to_end) {
    const auto ended = std::make_shared<std::atomic<bool>>(false);
    std::thread([body, ended] {
      body();
      *ended = true;
    }).detach();
    EndsLate(begin_to_end, [ended] { return ended->load(); });
  }
};

TEST_F(LateThreadTest, InEpollWaitWithATimerfd) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event), 0);
  ThreadEndsLate(
      [epoll, timer] {
        epoll_event ready;
        while (epoll_wait(epoll, &ready, 1, -1) != 1) {
        }
        close(timer);
        close(epoll);
      },
      [timer] {
        itimerspec in = {};
        in.it_value.tv_nsec = std::chrono::nanoseconds(kLate).count();
        timerfd_settime(timer, 0, &in, nullptr);
      });
}

// Both ends of a TCP connection over loopback.
std::pair<int, int> Connected() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(listening, generic, size), 0);
  EXPECT_EQ(listen(listening, 1), 0);
  EXPECT_EQ(getsockname(listening, generic, &size), 0);
  EXPECT_EQ(connect(client, generic, size), 0);
  const int server = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  close(listening);
  EXPECT_GE(server, 0);
  return {client, server};
}

TEST_F(LateThreadTest, InRecvUntilThePeerCloses) {
  const auto [client, server] = Connected();
  LateChild holds_server;
  close(server);
  ThreadEndsLate(
      [client = client, holds_server] {
        char byte;
        EXPECT_EQ(recv(client, &byte, 1, 0), 0);
        close(client);
        waitpid(holds_server.pid(), nullptr, 0);
      },
      [holds_server]() mutable { holds_server.BeginToEnd(); });
}

TEST_F(LateThreadTest, InWaitpid) {
  LateChild child;
  ThreadEndsLate(
      [child] { EXPECT_EQ(waitpid(child.pid(), nullptr, 0), child.pid()); },
      [child]() mutable { child.BeginToEnd(); });
}

// waitpid(2) then waits for the end of all children, and finds none.
TEST_F(LateThreadTest, InWaitpidWithSigchldIgnored) {
  signal(SIGCHLD, SIG_IGN);
  LateChild child;
  ThreadEndsLate(
      [child] {
        EXPECT_EQ(waitpid(child.pid(), nullptr, 0), -1);
        signal(SIGCHLD, SIG_DFL);
      },
      [child]() mutable { child.BeginToEnd(); });
}

TEST_F(LateThreadTest, InNanosleep) {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  auto begin_to_end = [ended] {
    std::thread([ended] {
      std::this_thread::sleep_for(kLate);
      *ended = true;
    }).detach();
  };
  EndsLate(begin_to_end, [ended] { return ended->load(); });
}

// In a futex, as a parked thread is, but nobody has to wake it.
TEST_F(LateThreadTest, InAWaitWithATimeOut) {
  const auto gate = std::make_shared<std::promise<void>>();
  ThreadEndsLate(
      [gate] {
        gate->get_future().wait();
        std::mutex mutex;
        std::condition_variable never;
        std::unique_lock<std::mutex> lock(mutex);
        never.wait_for(lock, kLate);
      },
      [gate] { gate->set_value(); });
}

// In a futex without a time-out, but another process wakes it.
TEST_F(LateThreadTest, InASemaphoreOfTwoProcesses) {
  void* const memory = mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const semaphore = static_cast<sem_t*>(memory);
  ASSERT_EQ(sem_init(semaphore, /*pshared=*/1, 0), 0);
  LateChild child([semaphore] { sem_post(semaphore); });
  ThreadEndsLate(
      [semaphore, child] {
        while (sem_wait(semaphore) != 0) {
        }
        EXPECT_EQ(waitpid(child.pid(), nullptr, 0), child.pid());
        munmap(semaphore, sizeof(sem_t));
      },
      [child]() mutable { child.BeginToEnd(); });
}

// One waits for another to end, as a parked thread would, but that one sleeps.
TEST_F(LateThreadTest, InPthreadJoin) {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  auto begin_to_end = [ended] {
    std::thread([ended] {
      std::thread([] { std::this_thread::sleep_for(kLate); }).join();
      *ended = true;
    }).detach();
  };
  EndsLate(begin_to_end, [ended] { return ended->load(); });
}

// A token that wanders from thread to thread. Whoever does not hold it is
// parked on a condition variable, and nobody holds it for long.
class TokenRing {
 public:
  static constexpr int kThreads = 8;

  // To be run by each thread under a number of its own.
  void Run(int self) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!over_) {
      if (turn_ != self) {
        may_go_[self].wait(lock);
        continue;
      }
      over_ = ends_ && std::chrono::steady_clock::now() >= end_;
      turn_ = (self + 1) % kThreads;
      may_go_[turn_].notify_one();
    }
    for (std::condition_variable& may_go : may_go_) may_go.notify_one();
    ++ended_;
  }
  void EndLate() {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = std::chrono::steady_clock::now() + kLate;
    ends_ = true;
  }
  bool HasEnded() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ended_ == kThreads;
  }

 private:
  std::mutex mutex_;
  std::array<std::condition_variable, kThreads> may_go_;
  int turn_ = 0;
  bool over_ = false;
  bool ends_ = false;
  int ended_ = 0;
  std::chrono::steady_clock::time_point end_;
};

TEST_F(LateThreadTest, PassingATokenRound) {
  const auto ring = std::make_shared<TokenRing>();
  for (int i = 0; i < TokenRing::kThreads; ++i) {
    std::thread([ring, i] { ring->Run(i); }).detach();
  }
  EndsLate([ring] { ring->EndLate(); }, [ring] { return ring->HasEnded(); });
}

}  // namespace
}  // namespace leaktrap
