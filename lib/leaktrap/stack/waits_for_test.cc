#include "leaktrap/stack/waits_for_test.h"

#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/stack/blocked_threads_for_test.h"

namespace leaktrap::internal {
namespace {

constexpr timespec kHour = {3600, 0};
constexpr int kHourInMilliseconds = 3600 * 1000;

struct NeverComes {
  NeverComes() {
    mutex.lock();
    sem_init(&semaphore, 0, 0);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, timed), 0);
    const timeval hour = {3600, 0};
    setsockopt(timed[0], SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof(hour));
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
    EXPECT_EQ(listen(listening, 1), 0);
    const std::string path = testing::TempDir() + "/locked";
    locked = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    locked_again = open(path.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(flock(locked, LOCK_EX), 0);
    messages = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    semaphores = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    const std::string queue_name = "/leaktrap" + std::to_string(getpid());
    queue = mq_open(queue_name.c_str(), O_CREAT | O_RDWR, 0600, nullptr);
    mq_unlink(queue_name.c_str());
    event = eventfd(0, EFD_CLOEXEC);
    inotify = inotify_init1(IN_CLOEXEC);
    char parameters[120] = {};
    ring = static_cast<int>(syscall(SYS_io_uring_setup, 4, parameters));
    clock_gettime(CLOCK_REALTIME, &in_an_hour);
    in_an_hour.tv_sec += 3600;
    // A child that ends with this process.
    int alive[2];
    EXPECT_EQ(pipe2(alive, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
      close(alive[1]);
      char byte;
      (void)!read(alive[0], &byte, 1);
      _exit(0);
    }
    close(alive[0]);
  }

  std::mutex mutex, condition_mutex;
  std::condition_variable condition;
  std::promise<void> promise;
  std::shared_future<void> future = promise.get_future().share();
  sem_t semaphore;
  int sockets[2], timed[2], ends[2];
  int epoll, listening, locked, locked_again, messages, semaphores, event;
  int inotify, ring;
  mqd_t queue;
  timespec in_an_hour;
  pid_t child;
};

NeverComes* never = nullptr;

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR2);
  return signals;
}

#define WAIT(name, ...)                           \
  __attribute__((noinline)) void WaitIn##name() { \
    __VA_ARGS__;                                  \
    LEAKTRAP_NOT_LAST;                            \
  }

WAIT(Nanosleep, nanosleep(&kHour, nullptr))
WAIT(Usleep, usleep(4'000'000'000u))
WAIT(Sleep, sleep(3600))
WAIT(ClockSleep, clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME,
                                 &never->in_an_hour, nullptr))
WAIT(SleepFor, std::this_thread::sleep_for(std::chrono::hours(1)))
WAIT(Poll, {
  pollfd ready = {never->sockets[0], POLLIN, 0};
  poll(&ready, 1, kHourInMilliseconds);
})
WAIT(Ppoll, {
  pollfd ready = {never->sockets[0], POLLIN, 0};
  ppoll(&ready, 1, &kHour, nullptr);
})
WAIT(Select, {
  timeval hour = {3600, 0};
  select(0, nullptr, nullptr, nullptr, &hour);
})
WAIT(EpollWithTimeout, {
  epoll_event event;
  epoll_wait(never->epoll, &event, 1, kHourInMilliseconds);
})
WAIT(Epoll, {
  epoll_event event;
  epoll_wait(never->epoll, &event, 1, -1);
})
WAIT(EpollPwait2, {
  epoll_event event;
  epoll_pwait2(never->epoll, &event, 1, &kHour, nullptr);
})
WAIT(PipeRead, {
  char byte;
  (void)!read(never->ends[0], &byte, 1);
})
WAIT(SocketRead, {
  char byte;
  (void)!read(never->sockets[0], &byte, 1);
})
WAIT(Receive, {
  char byte;
  recv(never->sockets[0], &byte, 1, 0);
})
WAIT(ReceiveWithTimeout, {
  char byte;
  recv(never->timed[0], &byte, 1, 0);
})
WAIT(ReceiveMessage, {
  char byte;
  iovec room = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  recvmsg(never->sockets[0], &message, 0);
})
WAIT(Accept, accept(never->listening, nullptr, nullptr))
WAIT(EventRead, {
  uint64_t number;
  (void)!read(never->event, &number, sizeof(number));
})
WAIT(InotifyRead, {
  char room[512];
  (void)!read(never->inotify, room, sizeof(room));
})
WAIT(Semaphore, sem_wait(&never->semaphore))
WAIT(SemaphoreWithTimeout, sem_timedwait(&never->semaphore, &never->in_an_hour))
WAIT(SemaphoreOperation, {
  sembuf down = {0, -1, 0};
  semop(never->semaphores, &down, 1);
})
WAIT(MessageReceive, {
  char message[64];
  msgrcv(never->messages, message, 8, 0, 0);
})
WAIT(QueueReceive, {
  char message[8192];
  mq_receive(never->queue, message, sizeof(message), nullptr);
})
WAIT(QueueReceiveWithTimeout, {
  char message[8192];
  mq_timedreceive(never->queue, message, sizeof(message), nullptr,
                  &never->in_an_hour);
})
WAIT(Mutex, never->mutex.lock())
WAIT(Condition, {
  std::unique_lock<std::mutex> lock(never->condition_mutex);
  never->condition.wait(lock);
})
WAIT(ConditionWithTimeout, {
  std::unique_lock<std::mutex> lock(never->condition_mutex);
  never->condition.wait_for(lock, std::chrono::hours(1));
})
WAIT(Future, std::shared_future<void>(never->future).wait())
WAIT(Join, std::thread([] {
             for (;;) sem_wait(&never->semaphore);
           }).join())
WAIT(Pause, pause())
WAIT(SigWait, {
  const sigset_t signals = Signals();
  int signal;
  sigwait(&signals, &signal);
})
WAIT(SigWaitInfo, {
  const sigset_t signals = Signals();
  sigwaitinfo(&signals, nullptr);
})
WAIT(SigTimedWait, {
  const sigset_t signals = Signals();
  sigtimedwait(&signals, nullptr, &kHour);
})
WAIT(FileLock, flock(never->locked_again, LOCK_EX))
WAIT(ForChild, waitpid(never->child, nullptr, 0))
WAIT(Ring, syscall(SYS_io_uring_enter, never->ring, 0, 1, 1, nullptr, 0))
WAIT(RawFutex, {
  static int word = 0;
  syscall(SYS_futex, &word, 0, 0, nullptr, nullptr, 0);
})
WAIT(RawFutexWithTimeout, {
  static int word = 0;
  syscall(SYS_futex, &word, 0, 0, &kHour, nullptr, 0);
})

}  // namespace

std::vector<WaitForTest> WaitsForTest() {
  const std::vector<std::string> sleep = {"nanosleep", "clock_nanosleep"};
  const std::vector<std::string> poll = {"poll", "ppoll"};
  const std::vector<std::string> epoll = {"epoll_wait", "epoll_pwait"};
  const std::vector<std::string> read = {"read"};
  const std::vector<std::string> futex = {"futex"};
  return {
#define NAMED(name) #name, WaitIn##name
      {NAMED(Nanosleep), sleep, "nanosleep"},
      {NAMED(Usleep), sleep, "usleep"},
      {NAMED(Sleep), sleep, "sleep"},
      {NAMED(ClockSleep), sleep, "clock_nanosleep"},
      {NAMED(SleepFor), sleep, "nanosleep"},
      {NAMED(Poll), poll, "poll"},
      {NAMED(Ppoll), poll, "ppoll"},
      {NAMED(Select), {"select", "pselect6"}, "select"},
      {NAMED(EpollWithTimeout), epoll, "epoll_wait"},
      {NAMED(Epoll), epoll, "epoll_wait"},
      {NAMED(EpollPwait2), {"epoll_pwait2"}, "epoll_pwait2"},
      {NAMED(PipeRead), read, "read"},
      {NAMED(SocketRead), read, "read"},
      {NAMED(Receive), {"recvfrom"}, "recv"},
      {NAMED(ReceiveWithTimeout), {"recvfrom"}, "recv"},
      {NAMED(ReceiveMessage), {"recvmsg"}, "recvmsg"},
      {NAMED(Accept), {"accept", "accept4"}, "accept"},
      {NAMED(EventRead), read, "read"},
      {NAMED(InotifyRead), read, "read"},
      {NAMED(Semaphore), futex, nullptr},
      {NAMED(SemaphoreWithTimeout), futex, nullptr},
      {NAMED(SemaphoreOperation), {"semop", "semtimedop"}, nullptr},
      {NAMED(MessageReceive), {"msgrcv"}, "msgrcv"},
      {NAMED(QueueReceive), {"mq_timedreceive"}, nullptr},
      {NAMED(QueueReceiveWithTimeout), {"mq_timedreceive"}, "mq_timedreceive"},
      {NAMED(Mutex), futex, "pthread_mutex_lock"},
      {NAMED(Condition), futex, "pthread_cond_wait"},
      {NAMED(ConditionWithTimeout), futex, "pthread_cond_clockwait"},
      {NAMED(Future), futex, nullptr},
      {NAMED(Join), futex, nullptr},
      {NAMED(Pause), {"pause", "ppoll"}, "pause"},
      {NAMED(SigWait), {"rt_sigtimedwait"}, "sigwait"},
      {NAMED(SigWaitInfo), {"rt_sigtimedwait"}, nullptr},
      {NAMED(SigTimedWait), {"rt_sigtimedwait"}, "sigtimedwait"},
      {NAMED(FileLock), {"flock"}, "flock"},
      {NAMED(ForChild), {"wait4"}, nullptr},
      {NAMED(Ring), {"io_uring_enter"}, "syscall"},
      {NAMED(RawFutex), futex, "syscall"},
      {NAMED(RawFutexWithTimeout), futex, "syscall"},
#undef NAMED
  };
}

void PrepareWaits() {
  if (never == nullptr) never = new NeverComes;
}

void EndWaits() {
  msgctl(never->messages, IPC_RMID, nullptr);
  semctl(never->semaphores, 0, IPC_RMID);
}

bool IsPossible(const WaitForTest& wait) {
  if (wait.wait == WaitInRing) return never->ring >= 0;
  if (wait.wait == WaitInQueueReceive ||
      wait.wait == WaitInQueueReceiveWithTimeout) {
    return never->queue >= 0;
  }
  return true;
}

}  // namespace leaktrap::internal
