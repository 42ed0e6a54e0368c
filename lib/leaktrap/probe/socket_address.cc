#include "leaktrap/probe/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "leaktrap/probe/printable_text.h"

namespace leaktrap::internal {
namespace {

// Through a copy: the storage is not an object of the other types.
template <typename Sockaddr>
Sockaddr As(const SocketAddress& address) {
  Sockaddr out;
  static_assert(sizeof(out) <= sizeof(address.storage));
  std::memcpy(&out, &address.storage, sizeof(out));
  return out;
}

template <typename Call>
SocketAddress Ask(Call call, int fd) {
  SocketAddress address;
  socklen_t size = sizeof(address.storage);
  auto* out = reinterpret_cast<sockaddr*>(&address.storage);
  if (call(fd, out, &size) != 0) return {};
  address.size = size;
  return address;
}

std::string Ipv4Host(const SocketAddress& address) {
  char text[INET_ADDRSTRLEN];
  const auto in = As<sockaddr_in>(address);
  return inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
}

std::string Ipv6Host(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN];
  const auto in = As<sockaddr_in6>(address);
  std::string host = inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof(text));
  if (in.sin6_scope_id != 0) absl::StrAppend(&host, "%", in.sin6_scope_id);
  return absl::StrCat("[", host, "]");
}

// The bytes of a Unix socket's name; an abstract one begins with a zero byte.
std::string UnixName(const SocketAddress& address) {
  constexpr size_t kStart = offsetof(sockaddr_un, sun_path);
  if (address.size <= kStart) return "";
  const char* name = reinterpret_cast<const char*>(&address.storage) + kStart;
  const size_t size = address.size - kStart;
  // A path ends at its zero byte, which may lack where it fills sun_path.
  return std::string(name, name[0] == '\0' ? size : strnlen(name, size));
}

std::string UnixText(const SocketAddress& address) {
  const std::string name = UnixName(address);
  if (name.empty()) return "(unnamed)";
  if (name[0] == '\0') return absl::StrCat("@", Printable(name.substr(1)));
  return Printable(name);
}

}  // namespace

SocketAddress OwnAddress(int fd) { return Ask(getsockname, fd); }
SocketAddress PeerAddress(int fd) { return Ask(getpeername, fd); }

std::string HostText(const SocketAddress& address) {
  switch (address.family()) {
    case AF_INET:
      return Ipv4Host(address);
    case AF_INET6:
      return Ipv6Host(address);
    default:
      return AddressText(address);
  }
}

std::string AddressText(const SocketAddress& address) {
  switch (address.family()) {
    case AF_INET:
    case AF_INET6:
      return absl::StrCat(HostText(address), ":", Port(address));
    case AF_UNIX:
      return UnixText(address);
    default:
      return absl::StrCat("(address of family ", address.family(), ")");
  }
}

int Port(const SocketAddress& address) {
  switch (address.family()) {
    case AF_INET:
      return ntohs(As<sockaddr_in>(address).sin_port);
    case AF_INET6:
      return ntohs(As<sockaddr_in6>(address).sin6_port);
    default:
      return 0;
  }
}

bool IsBound(const SocketAddress& address) {
  return address.family() == AF_UNIX ? !UnixName(address).empty()
                                     : Port(address) != 0;
}

}  // namespace leaktrap::internal
