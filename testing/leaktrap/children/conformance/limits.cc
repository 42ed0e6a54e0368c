// What cannot be told apart, or is not looked at.

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "children/conformance/way.h"
#include "children/parking.h"

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Limits";

// A descriptor that was there before every test. What is opened when it has
// been closed has its number: those below are in use.
class Before {
 public:
  explicit Before(int fd) : fd_(fd), kept_(fcntl(fd, F_DUPFD_CLOEXEC, 500)) {}

  int fd() const { return fd_; }

  // What was there takes its place again.
  Undo PutBack() const {
    return [this] { dup2(kept_, fd_); };
  }

 private:
  const int fd_;
  const int kept_;
};

const Before reopened(open("/dev/null", O_RDONLY));
const Before reopened_unseen(open("/dev/null", O_RDONLY));
const Before counter(eventfd(0, 0));
const Before counter_before_epoll(eventfd(0, 0));

WAY(same_file_at_the_same_number, kDescriptorIfRecorded, "open", "`close`") {
  close(reopened.fd());
  if (open("/dev/null", O_RDONLY) != reopened.fd()) return nullptr;
  return reopened.PutBack();
}

WAY(eventfd_at_the_number_of_another, kDescriptorIfRecorded, "eventfd",
    "`close`") {
  close(counter.fd());
  if (eventfd(0, 0) != counter.fd()) return nullptr;
  return counter.PutBack();
}

WAY(epoll_at_the_number_of_an_eventfd, kDescriptor, "epoll_create1",
    "`close`") {
  close(counter_before_epoll.fd());
  if (epoll_create1(0) != counter_before_epoll.fd()) return nullptr;
  return counter_before_epoll.PutBack();
}

WAY(same_file_by_system_calls, kNothing, "", "`close`") {
  syscall(SYS_close, reopened_unseen.fd());
  const long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
  if (fd != reopened_unseen.fd()) return nullptr;
  return Nothing();
}

// The C library opens it for itself.
WAY(getpwent, kDescriptor, "", "`endpwent`") {
  getpwent();
  return endpwent;
}

WAY(descriptor_given_to_a_child, kProcess, "fork", "the child's `close`") {
  const int fd = open("/dev/null", O_RDONLY);
  const pid_t pid = fork();
  while (pid == 0) pause();
  close(fd);
  if (pid == -1) return nullptr;
  return [pid] {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  };
}

// Closed here, it lives on in the sockets that it was sent through.
WAY(descriptor_on_its_way, kDescriptors, "socketpair", "`close` of both") {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == -1) return nullptr;
  const int fd = open("/dev/null", O_RDONLY);
  char byte = 0;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  sendmsg(ends[0], &message, 0);
  close(fd);
  return Close(ends);
}

// It is the thread's alone, and goes with it.
WAY(descriptor_of_a_table_of_a_threads_own, kThread, "pthread_create",
    "the thread's end") {
  struct State {
    children::Parking begun;
    children::Parking over;
  };
  auto* const state = new State;
  auto thread = std::make_shared<std::thread>([state] {
    const bool has_table = unshare(CLONE_FILES) == 0;
    if (has_table) static_cast<void>(open("/dev/null", O_RDONLY));
    state->begun.Open();
    state->over.Park();
  });
  state->begun.Park();
  return [state, thread] {
    state->over.Open();
    thread->join();
    delete state;
  };
}

WAY(mapped_file, kNothing, "", "`munmap`") {
  const int fd = open("/dev/zero", O_RDONLY);
  void* const page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (page == MAP_FAILED) return nullptr;
  return [page] { munmap(page, 4096); };
}

WAY_IF_THERE(system_v_memory, kNothing, "", "`shmdt`") {
  const int id = shmget(IPC_PRIVATE, 4096, 0600);
  if (id == -1) return nullptr;
  void* const page = shmat(id, nullptr, 0);
  shmctl(id, IPC_RMID, nullptr);  // when nobody maps it any more
  return [page] { shmdt(page); };
}

WAY_IF_THERE(sem_open, kNothing, "", "`sem_close`") {
  constexpr char kName[] = "/leaktrap-conformance-semaphore";
  sem_t* const semaphore = sem_open(kName, O_CREAT, 0600, 0);
  if (semaphore == SEM_FAILED) return nullptr;
  sem_unlink(kName);
  return [semaphore] { sem_close(semaphore); };
}

WAY(timer_create, kNothing, "", "`timer_delete`") {
  sigevent event = {};
  event.sigev_notify = SIGEV_NONE;
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return nullptr;
  return [timer] { timer_delete(timer); };
}

WAY(thread_finished_and_detached, kNothing, "", "its end") {
  static std::atomic<pid_t> tid;
  tid = 0;
  std::thread([] { tid = gettid(); }).detach();
  while (tid == 0) usleep(100);
  children::AwaitEndOf(tid);
  return Nothing();
}

}  // namespace
}  // namespace leaktrap::conformance
