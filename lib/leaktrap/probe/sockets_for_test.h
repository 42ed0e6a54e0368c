// Real sockets on loopback, in known states.

#ifndef LEAKTRAP_PROBE_SOCKETS_FOR_TEST_H_
#define LEAKTRAP_PROBE_SOCKETS_FOR_TEST_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/probe/descriptors_for_test.h"

namespace leaktrap::internal {

struct TestAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

template <typename Sockaddr>
TestAddress AddressOf(const Sockaddr& from, size_t size = sizeof(Sockaddr)) {
  TestAddress address;
  std::memcpy(&address.storage, &from, sizeof(from));
  address.size = size;
  return address;
}

inline TestAddress Ipv4Loopback(int port = 0) {
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return AddressOf(in);
}

inline TestAddress Ipv6Loopback() {
  sockaddr_in6 in = {};
  in.sin6_family = AF_INET6;
  in.sin6_addr = in6addr_loopback;
  return AddressOf(in);
}

// A path, or with a zero byte first an abstract name.
inline TestAddress UnixAddress(const std::string& name) {
  sockaddr_un un = {};
  un.sun_family = AF_UNIX;
  EXPECT_LE(name.size(), sizeof(un.sun_path));
  std::memcpy(un.sun_path, name.data(), name.size());
  return AddressOf(un, offsetof(sockaddr_un, sun_path) + name.size());
}

inline TestAddress OwnAddressOf(int fd) {
  TestAddress address;
  address.size = sizeof(address.storage);
  EXPECT_EQ(getsockname(fd, address.get(), &address.size), 0);
  return address;
}

inline ScopedFd Bound(TestAddress address, int type) {
  ScopedFd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(fd.get(), address.get(), address.size), 0)
      << std::strerror(errno);
  return fd;
}

inline ScopedFd Listening(TestAddress address, int type = SOCK_STREAM) {
  ScopedFd fd = Bound(address, type);
  EXPECT_EQ(listen(fd.get(), 8), 0);
  return fd;
}

inline ScopedFd Connected(TestAddress address, int type = SOCK_STREAM) {
  ScopedFd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(fd.get(), address.get(), address.size), 0)
      << std::strerror(errno);
  return fd;
}

// Fails the test, rather than waiting for ever, if nobody connects.
inline ScopedFd Accepted(const ScopedFd& listener) {
  pollfd ready = {listener.get(), POLLIN, 0};
  if (poll(&ready, 1, 10'000) != 1) return ScopedFd(-1);
  return ScopedFd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_SOCKETS_FOR_TEST_H_
