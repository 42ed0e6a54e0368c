#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/socket_address.h"
#include "leaktrap/probe/socket_text.h"

namespace leaktrap::internal {
namespace {

// Nothing if the socket does not know the option.
std::optional<int> Option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  if (getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0) return std::nullopt;
  return value;
}

// The state of a TCP connection by its name; empty if it is no TCP socket.
std::string TcpState(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return "";
  switch (info.tcpi_state) {
    case TCP_ESTABLISHED:
      return "ESTABLISHED";
    case TCP_SYN_SENT:
      return "SYN_SENT";
    case TCP_SYN_RECV:
      return "SYN_RECV";
    case TCP_FIN_WAIT1:
      return "FIN_WAIT1";
    case TCP_FIN_WAIT2:
      return "FIN_WAIT2";
    case TCP_TIME_WAIT:
      return "TIME_WAIT";
    case TCP_CLOSE:
      return "CLOSE";
    case TCP_CLOSE_WAIT:
      return "CLOSE_WAIT";
    case TCP_LAST_ACK:
      return "LAST_ACK";
    case TCP_LISTEN:
      return "LISTEN";
    case TCP_CLOSING:
      return "CLOSING";
    default:
      return absl::StrCat("state ", info.tcpi_state);
  }
}

std::string InternetSort(int protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
      return "TCP socket";
    case IPPROTO_UDP:
      return "UDP socket";
    case IPPROTO_MPTCP:
      return "MPTCP socket";
    case IPPROTO_SCTP:
      return "SCTP socket";
    default:
      return absl::StrCat("IP socket of protocol ", protocol);
  }
}

std::string UnixSort(int type) {
  switch (type) {
    case SOCK_STREAM:
      return "Unix stream socket";
    case SOCK_DGRAM:
      return "Unix datagram socket";
    case SOCK_SEQPACKET:
      return "Unix seqpacket socket";
    default:
      return absl::StrCat("Unix socket of type ", type);
  }
}

DescriptorText TextOfOtherFamily(int family, int type, int protocol) {
  DescriptorText text;
  text.name = absl::StrCat("socket of family ", family, ", type ", type,
                           ", protocol ", protocol);
  text.description = text.name;
  text.likeness = absl::StrCat("sockets of family ", family, ", type ", type,
                               ", protocol ", protocol);
  return text;
}

// What getsockname(2) gives for its port is its protocol.
DescriptorText TextOfRaw(int protocol) {
  DescriptorText text;
  text.name = absl::StrCat("raw IP socket of protocol ", protocol);
  text.description = text.name;
  text.likeness = absl::StrCat("raw IP sockets of protocol ", protocol);
  return text;
}

std::string Plural(const std::string& sort) {
  const size_t end = sort.find("socket") + sizeof("socket") - 1;
  return sort.substr(0, end) + "s" + sort.substr(end);
}

// An own port is left out of likenesses, since most are given out by the kernel
// and differ; a Unix socket's own name is not.
DescriptorText TextOfListening(const std::string& sort,
                               const SocketAddress& own) {
  DescriptorText text;
  text.name = absl::StrCat(sort, " listening on ", AddressText(own));
  text.likeness =
      absl::StrCat("listening ", Plural(sort), " on ", HostText(own));
  return text;
}

DescriptorText TextOfConnected(const std::string& sort,
                               const SocketAddress& own,
                               const SocketAddress& peer,
                               const std::string& state) {
  DescriptorText text;
  text.name = absl::StrCat(sort, " ", AddressText(own), " -> ",
                           AddressText(peer), state.empty() ? "" : " ", state);
  // The end that accepted a Unix connection has a name, the other one seldom.
  const bool accepted =
      peer.family() == AF_UNIX && !IsBound(peer) && IsBound(own);
  text.likeness = absl::StrCat(
      Plural(sort), accepted ? " accepted on " : " to ",
      AddressText(accepted ? own : peer), state.empty() ? "" : ", ", state);
  return text;
}

DescriptorText TextOfUnconnected(const std::string& sort,
                                 const SocketAddress& own,
                                 const std::string& state) {
  const std::string after =
      state.empty() ? ", not connected" : absl::StrCat(", ", state);
  DescriptorText text;
  if (IsBound(own)) {
    text.name = absl::StrCat(sort, " ", AddressText(own), after);
    text.likeness = absl::StrCat(Plural(sort), " on ", HostText(own), after);
  } else {
    text.name = absl::StrCat(sort, ", unbound", after);
    text.likeness = absl::StrCat("unbound ", Plural(sort), after);
  }
  return text;
}

DescriptorText TextOfEnds(int fd, const std::string& sort) {
  const SocketAddress own = OwnAddress(fd);
  const SocketAddress peer = PeerAddress(fd);
  if (Option(fd, SO_ACCEPTCONN).value_or(0) != 0) {
    return TextOfListening(sort, own);
  }
  const std::string state = TcpState(fd);
  if (peer.known()) return TextOfConnected(sort, own, peer, state);
  return TextOfUnconnected(sort, own, state);
}

}  // namespace

bool IsSocket(int fd) { return Option(fd, SO_DOMAIN).has_value(); }

DescriptorText TextOfSocket(int fd) {
  const int family = Option(fd, SO_DOMAIN).value_or(AF_UNSPEC);
  const int type = Option(fd, SO_TYPE).value_or(0);
  const int protocol = Option(fd, SO_PROTOCOL).value_or(0);
  DescriptorText text;
  switch (family) {
    case AF_INET:
    case AF_INET6:
      if (type == SOCK_RAW) return TextOfRaw(protocol);
      text = TextOfEnds(fd, InternetSort(protocol));
      break;
    case AF_UNIX:
      text = TextOfEnds(fd, UnixSort(type));
      break;
    default:
      return TextOfOtherFamily(family, type, protocol);
  }
  text.description = text.name;
  return text;
}

}  // namespace leaktrap::internal
