// Sockets, pipes, duplicates, and what is no file.

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "children/conformance/way.h"

// Has C++ linkage in the header of glibc 2.36.
extern "C" {
#include <sys/pidfd.h>
}

namespace leaktrap::conformance {
namespace {

constexpr char kTable[] = "Kernel";

// A listener at a free port of loopback with a caller in its queue.
class Call {
 public:
  Call() {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    bind(listener_, any, size);
    listen(listener_, 1);
    getsockname(listener_, any, &size);
    connect(caller_, any, size);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    close(listener_);
    close(caller_);
  }

  int listener() const { return listener_; }

 private:
  const int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  const int caller_ = socket(AF_INET, SOCK_STREAM, 0);
};

// A message with a descriptor that waits at the other end of a pair.
class Message {
 public:
  Message() {
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends_);
    header_.msg_iov = &part_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_;
    header_.msg_controllen = sizeof(control_);
    cmsghdr* const rights = CMSG_FIRSTHDR(&header_);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int standard_input = 0;
    std::memcpy(CMSG_DATA(rights), &standard_input, sizeof(int));
    sendmsg(ends_[0], &header_, 0);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    close(ends_[0]);
    close(ends_[1]);
  }

  int socket() const { return ends_[1]; }
  msghdr* header() { return &header_; }

  int received() {
    int fd;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header_)), sizeof(fd));
    return fd;
  }

 private:
  int ends_[2];
  char byte_ = 0;
  iovec part_ = {&byte_, 1};
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(int))] = {};
  msghdr header_ = {};
};

WAY(socket, kDescriptor, "socket", "`close`") {
  return Close(socket(AF_INET, SOCK_DGRAM, 0));
}

WAY(socketpair, kDescriptors, "socketpair", "`close` of both") {
  int fds[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  return Close(fds);
}

WAY(accept, kDescriptor, "accept", "`close`") {
  const Call call;
  return Close(accept(call.listener(), nullptr, nullptr));
}

WAY(accept4, kDescriptor, "accept4", "`close`") {
  const Call call;
  return Close(accept4(call.listener(), nullptr, nullptr, SOCK_CLOEXEC));
}

WAY(recvmsg, kDescriptor, "recvmsg", "`close`") {
  Message message;
  recvmsg(message.socket(), message.header(), 0);
  return Close(message.received());
}

WAY(recvmmsg, kDescriptor, "recvmmsg", "`close`") {
  Message message;
  mmsghdr one = {*message.header(), 0};
  recvmmsg(message.socket(), &one, 1, 0, nullptr);
  return Close(message.received());
}

WAY_IF_THERE(recvmsg_pidfd, kDescriptor, "recvmsg", "`close`") {
  constexpr int kPassPidfd = 76;  // SO_PASSPIDFD, from Linux 6.5 on
  constexpr int kPidfd = 4;       // SCM_PIDFD
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  const int on = 1;
  int fd = -1;
  int error = 0;
  if (setsockopt(ends[1], SOL_SOCKET, kPassPidfd, &on, sizeof(on)) == -1) {
    error = errno;
  } else {
    char byte = 0;
    iovec part = {&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    send(ends[0], &byte, 1, 0);
    recvmsg(ends[1], &header, 0);
    const cmsghdr* const received = CMSG_FIRSTHDR(&header);
    if (received != nullptr && received->cmsg_type == kPidfd) {
      std::memcpy(&fd, CMSG_DATA(received), sizeof(fd));
    }
  }
  Close(ends)();
  errno = error;
  return Close(fd);
}

WAY_IF_THERE(getsockopt_peer_pidfd, kDescriptor, "", "`close`") {
  constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, from Linux 6.5 on
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  int fd = -1;
  socklen_t size = sizeof(fd);
  getsockopt(ends[0], SOL_SOCKET, kPeerPidfd, &fd, &size);
  const int error = errno;
  close(ends[0]);
  close(ends[1]);
  errno = error;
  return Close(fd);
}

WAY(dup, kDescriptor, "dup", "`close`") { return Close(dup(0)); }

WAY(dup2, kDescriptor, "dup2", "`close`") { return Close(dup2(0, 900)); }

WAY(dup3, kDescriptor, "dup3", "`close`") {
  return Close(dup3(0, 901, O_CLOEXEC));
}

WAY(fcntl, kDescriptor, "fcntl", "`close`") {
  return Close(fcntl(0, F_DUPFD, 100));
}

WAY(fcntl_cloexec, kDescriptor, "fcntl", "`close`") {
  return Close(fcntl(0, F_DUPFD_CLOEXEC, 100));
}

WAY(pipe, kDescriptors, "pipe", "`close` of both") {
  int fds[2];
  if (pipe(fds) == -1) return nullptr;
  return Close(fds);
}

WAY(pipe2, kDescriptors, "pipe2", "`close` of both") {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) == -1) return nullptr;
  return Close(fds);
}

WAY(closefrom, kDescriptors, "dup2", "`closefrom`") {
  dup2(0, 1000);
  dup2(0, 1022);
  return [] { closefrom(1000); };
}

WAY(close_range, kDescriptors, "dup2", "`close_range`") {
  dup2(0, 950);
  dup2(0, 952);
  return [] { close_range(950, 960, 0); };
}

WAY(eventfd, kDescriptor, "eventfd", "`close`") { return Close(eventfd(0, 0)); }

WAY(epoll_create, kDescriptor, "epoll_create", "`close`") {
  return Close(epoll_create(1));
}

WAY(epoll_create1, kDescriptor, "epoll_create1", "`close`") {
  return Close(epoll_create1(0));
}

WAY(timerfd_create, kDescriptor, "timerfd_create", "`close`") {
  return Close(timerfd_create(CLOCK_MONOTONIC, 0));
}

WAY(signalfd, kDescriptor, "signalfd", "`close`") {
  sigset_t signals;
  sigemptyset(&signals);
  return Close(signalfd(-1, &signals, 0));
}

WAY(inotify_init, kDescriptor, "inotify_init", "`close`") {
  return Close(inotify_init());
}

WAY(inotify_init1, kDescriptor, "inotify_init1", "`close`") {
  return Close(inotify_init1(0));
}

WAY_IF_THERE(fanotify_init, kDescriptor, "fanotify_init", "`close`") {
  return Close(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY));
}

// Each event has the file that it is about.
WAY_IF_THERE(read_of_a_fanotify_event, kDescriptor, "", "`close`") {
  const int watch = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
  if (watch == -1) return nullptr;
  fanotify_event_metadata event = {};
  event.fd = -1;
  const int marked =
      fanotify_mark(watch, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "/proc/self/exe");
  if (marked == 0) {
    close(open("/proc/self/exe", O_RDONLY));
    if (read(watch, &event, sizeof(event)) == -1) event.fd = -1;
  }
  const int error = errno;
  close(watch);
  errno = error;
  return Close(event.fd);
}

WAY(memfd_create, kDescriptor, "memfd_create", "`close`") {
  return Close(memfd_create("leaktrap", 0));
}

WAY_IF_THERE(pidfd_open, kDescriptor, "pidfd_open", "`close`") {
  return Close(pidfd_open(getpid(), 0));
}

WAY_IF_THERE(pidfd_getfd, kDescriptor, "pidfd_getfd", "`close`") {
  const int self = pidfd_open(getpid(), 0);
  const int fd = pidfd_getfd(self, 0, 0);
  const int error = errno;
  close(self);
  errno = error;
  return Close(fd);
}

}  // namespace
}  // namespace leaktrap::conformance
