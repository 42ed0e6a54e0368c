// Sockets, and descriptors that come through them.

#undef _FORTIFY_SOURCE

#include <sys/socket.h>

#include <cstddef>
#include <cstring>

#include "leaktrap/origin/interpose.h"
#include "leaktrap/origin/next_function.h"

LEAKTRAP_NEXT(socket)
LEAKTRAP_NEXT(socketpair)
LEAKTRAP_NEXT(accept)
LEAKTRAP_NEXT(accept4)
LEAKTRAP_NEXT(recvmsg)
LEAKTRAP_NEXT(recvmmsg)

namespace leaktrap::internal {

// From linux/socket.h: who sent it (SO_PASSPIDFD).
constexpr int kScmPidfd = 4;

// Those that came in a message.
static void RecordReceived(uint64_t sequence, const msghdr& message,
                           const CallSite& site) {
  if (sequence == 0 || message.msg_controllen == 0) return;
  auto* const writable = const_cast<msghdr*>(&message);  // CMSG_NXTHDR asks so
  for (cmsghdr* part = CMSG_FIRSTHDR(writable); part != nullptr;
       part = CMSG_NXTHDR(writable, part)) {
    if (part->cmsg_level != SOL_SOCKET ||
        (part->cmsg_type != SCM_RIGHTS && part->cmsg_type != kScmPidfd)) {
      continue;
    }
    const size_t size = part->cmsg_len - CMSG_LEN(0);
    for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
      RecordDescriptor(BeginCreation(), fd, site);
    }
  }
}

LEAKTRAP_INTERPOSED int socket(int domain, int type, int protocol) noexcept {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("socket"), [&] {
    return next_socket.Get()(domain, type, protocol);
  });
}

LEAKTRAP_INTERPOSED int socketpair(int domain, int type, int protocol,
                                   int fds[2]) noexcept {
  return MakePair(LEAKTRAP_CALL_SITE("socketpair"), fds, [&] {
    return next_socketpair.Get()(domain, type, protocol, fds);
  });
}

LEAKTRAP_INTERPOSED int accept(int listener, sockaddr* address,
                               socklen_t* length) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("accept"), [&] {
    return next_accept.Get()(listener, address, length);
  });
}

LEAKTRAP_INTERPOSED int accept4(int listener, sockaddr* address,
                                socklen_t* length, int flags) {
  return MakeDescriptor(LEAKTRAP_CALL_SITE("accept4"), [&] {
    return next_accept4.Get()(listener, address, length, flags);
  });
}

LEAKTRAP_INTERPOSED ssize_t recvmsg(int socket, msghdr* message, int flags) {
  const uint64_t sequence = BeginCreation();
  const ssize_t size = next_recvmsg.Get()(socket, message, flags);
  if (size >= 0) {
    RecordReceived(sequence, *message, LEAKTRAP_CALL_SITE("recvmsg"));
  }
  return size;
}

LEAKTRAP_INTERPOSED int recvmmsg(int socket, mmsghdr* messages, unsigned count,
                                 int flags, timespec* timeout) {
  const uint64_t sequence = BeginCreation();
  const int received =
      next_recvmmsg.Get()(socket, messages, count, flags, timeout);
  for (int i = 0; i < received; ++i) {
    RecordReceived(sequence, messages[i].msg_hdr,
                   LEAKTRAP_CALL_SITE("recvmmsg"));
  }
  return received;
}

}  // namespace leaktrap::internal
