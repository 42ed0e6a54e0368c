// Socket addresses as text.

#ifndef LEAKTRAP_PROBE_SOCKET_ADDRESS_H_
#define LEAKTRAP_PROBE_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <string>

namespace leaktrap::internal {

// One end of a socket, as getsockname(2) and getpeername(2) give it.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  // Whether there is such an end at all; a Unix socket's may still be unnamed.
  bool known() const { return size != 0; }
  sa_family_t family() const { return storage.ss_family; }
};

SocketAddress OwnAddress(int fd);
SocketAddress PeerAddress(int fd);

// Without the port: "127.0.0.1", "[::1]", "[fe80::1%2]".
std::string HostText(const SocketAddress& address);

// "127.0.0.1:80", "[::1]:80", "/run/x.sock", "@abstract", "(unnamed)"; a family
// that is not known goes by its number.
std::string AddressText(const SocketAddress& address);

// An Internet port; 0 in other families.
int Port(const SocketAddress& address);

// Whether it is bound to anything: a port, a path or an abstract name.
bool IsBound(const SocketAddress& address);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_SOCKET_ADDRESS_H_
