#include "leaktrap/probe/socket_text.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/probe/descriptor_text.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/socket_address.h"
#include "leaktrap/probe/sockets_for_test.h"

namespace leaktrap::internal {
namespace {

// Through the whole way that a descriptor takes.
DescriptorText TextOf(const ScopedFd& fd) {
  struct stat status;
  EXPECT_EQ(fstat(fd.get(), &status), 0);
  DescriptorText text = TextOfDescriptor(fd.get(), status);
  if (text.release == "close it (close(2))" && text.name == text.description) {
    return text;
  }
  ADD_FAILURE() << text.description << "; " << text.release;
  return text;
}

std::string Own(const ScopedFd& fd) {
  return AddressText(OwnAddress(fd.get()));
}

struct Pair {
  ScopedFd client;
  ScopedFd server;
};

Pair Connect(const ScopedFd& listener, TestAddress address) {
  ScopedFd client = Connected(address);
  ScopedFd server = Accepted(listener);
  return {std::move(client), std::move(server)};
}

Pair Connect(const ScopedFd& listener) {
  return Connect(listener, OwnAddressOf(listener.get()));
}

void ExpectTcp(const ScopedFd& listener, const std::string& host) {
  EXPECT_EQ(TextOf(listener).name, "TCP socket listening on " + Own(listener));
  EXPECT_EQ(TextOf(listener).likeness, "listening TCP sockets on " + host);
  const Pair pair = Connect(listener);
  EXPECT_EQ(TextOf(pair.client).name, "TCP socket " + Own(pair.client) +
                                          " -> " + Own(listener) +
                                          " ESTABLISHED");
  EXPECT_EQ(TextOf(pair.client).likeness,
            "TCP sockets to " + Own(listener) + ", ESTABLISHED");
  EXPECT_EQ(TextOf(pair.server).name, "TCP socket " + Own(listener) + " -> " +
                                          Own(pair.client) + " ESTABLISHED");
}

TEST(SocketTextTest, TcpOverIpv4) {
  const ScopedFd listener = Listening(Ipv4Loopback());
  EXPECT_EQ(Own(listener).rfind("127.0.0.1:", 0), 0u);
  ExpectTcp(listener, "127.0.0.1");
}

TEST(SocketTextTest, TcpOverIpv6) {
  {
    TestAddress address = Ipv6Loopback();
    const ScopedFd fd(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (bind(fd.get(), address.get(), address.size) != 0) {
      GTEST_SKIP() << "no IPv6 on loopback";
    }
  }
  const ScopedFd listener = Listening(Ipv6Loopback());
  EXPECT_EQ(Own(listener).rfind("[::1]:", 0), 0u);
  ExpectTcp(listener, "[::1]");
}

// The name once it ends in `state`: segments take a moment, on loopback too.
std::string NameInState(const ScopedFd& fd, const std::string& state) {
  for (int i = 0;; ++i) {
    const std::string name = TextOf(fd).name;
    const size_t at = name.rfind(state);
    if (at != name.npos && at + state.size() == name.size()) return name;
    if (i == 5000) return name;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(SocketTextTest, TcpStatesByName) {
  const ScopedFd listener = Listening(Ipv4Loopback());
  Pair closed = Connect(listener);
  const std::string ends = Own(closed.client) + " -> " + Own(listener);
  closed.server.Close();
  EXPECT_EQ(NameInState(closed.client, "CLOSE_WAIT"),
            "TCP socket " + ends + " CLOSE_WAIT");
  EXPECT_EQ(TextOf(closed.client).likeness,
            "TCP sockets to " + Own(listener) + ", CLOSE_WAIT");

  const Pair half = Connect(listener);
  ASSERT_EQ(shutdown(half.client.get(), SHUT_WR), 0);
  EXPECT_EQ(
      NameInState(half.client, "FIN_WAIT2"),
      "TCP socket " + Own(half.client) + " -> " + Own(listener) + " FIN_WAIT2");
}

TEST(SocketTextTest, TcpThatIsNotConnected) {
  const ScopedFd fresh(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(TextOf(fresh).name, "TCP socket, unbound, CLOSE");
  EXPECT_EQ(TextOf(fresh).likeness, "unbound TCP sockets, CLOSE");
  const ScopedFd bound = Bound(Ipv4Loopback(), SOCK_STREAM);
  EXPECT_EQ(TextOf(bound).name, "TCP socket " + Own(bound) + ", CLOSE");
  EXPECT_EQ(TextOf(bound).likeness, "TCP sockets on 127.0.0.1, CLOSE");
}

TEST(SocketTextTest, TcpThatIsConnecting) {
  // A full backlog leaves later clients without an answer.
  ScopedFd listener = Bound(Ipv4Loopback(), SOCK_STREAM);
  ASSERT_EQ(listen(listener.get(), 0), 0);
  TestAddress address = OwnAddressOf(listener.get());
  std::vector<ScopedFd> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(
        socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    connect(clients.back().get(), address.get(), address.size);
  }
  EXPECT_EQ(TextOf(clients.back()).name,
            "TCP socket " + Own(clients.back()) + ", SYN_SENT");
}

TEST(SocketTextTest, Udp) {
  const ScopedFd fresh(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(TextOf(fresh).name, "UDP socket, unbound, not connected");
  const ScopedFd bound = Bound(Ipv4Loopback(), SOCK_DGRAM);
  EXPECT_EQ(TextOf(bound).name, "UDP socket " + Own(bound) + ", not connected");
  EXPECT_EQ(TextOf(bound).likeness, "UDP sockets on 127.0.0.1, not connected");
  const ScopedFd connected = Connected(OwnAddressOf(bound.get()), SOCK_DGRAM);
  EXPECT_EQ(TextOf(connected).name,
            "UDP socket " + Own(connected) + " -> " + Own(bound));
  EXPECT_EQ(TextOf(connected).likeness, "UDP sockets to " + Own(bound));
}

TEST(SocketTextTest, UnixPair) {
  for (const auto& [type, sort] :
       {std::pair{SOCK_STREAM, std::string("stream")},
        std::pair{SOCK_DGRAM, std::string("datagram")},
        std::pair{SOCK_SEQPACKET, std::string("seqpacket")}}) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    const ScopedFd a(ends[0]), b(ends[1]);
    EXPECT_EQ(TextOf(a).name,
              "Unix " + sort + " socket (unnamed) -> (unnamed)");
    EXPECT_EQ(TextOf(a).likeness, "Unix " + sort + " sockets to (unnamed)");
  }
}

void ExpectUnix(const std::string& name, const std::string& shown) {
  const ScopedFd listener = Listening(UnixAddress(name));
  EXPECT_EQ(TextOf(listener).name, "Unix stream socket listening on " + shown);
  EXPECT_EQ(TextOf(listener).likeness,
            "listening Unix stream sockets on " + shown);
  const Pair pair = Connect(listener, UnixAddress(name));
  EXPECT_EQ(TextOf(pair.client).name,
            "Unix stream socket (unnamed) -> " + shown);
  EXPECT_EQ(TextOf(pair.client).likeness, "Unix stream sockets to " + shown);
  EXPECT_EQ(TextOf(pair.server).name,
            "Unix stream socket " + shown + " -> (unnamed)");
  EXPECT_EQ(TextOf(pair.server).likeness,
            "Unix stream sockets accepted on " + shown);
}

TEST(SocketTextTest, UnixPath) {
  ScopedFolder folder;
  ExpectUnix(folder.Path("s"), folder.path() + "/s");
  // The longest there is, which leaves no room for a zero byte.
  const std::string name(107 - folder.path().size(), 'n');
  const std::string longest = folder.Path(name);
  ASSERT_EQ(longest.size(), 108u);
  ExpectUnix(longest, longest);
}

TEST(SocketTextTest, UnixAbstract) {
  const std::string name = "leaktrap\n" + std::to_string(getpid());
  ExpectUnix(std::string(1, '\0') + name,
             "@leaktrap\\n" + std::to_string(getpid()));
}

TEST(SocketTextTest, UnixThatIsNotConnected) {
  const ScopedFd fresh(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(TextOf(fresh).name, "Unix datagram socket, unbound, not connected");
  ScopedFolder folder;
  const ScopedFd bound = Bound(UnixAddress(folder.Path("s")), SOCK_DGRAM);
  EXPECT_EQ(TextOf(bound).name,
            "Unix datagram socket " + folder.path() + "/s, not connected");
}

TEST(SocketTextTest, ASocketsFileOpenedAsAPath) {
  ScopedFolder folder;
  const std::string path = folder.Path("s");
  const ScopedFd listener = Listening(UnixAddress(path));
  const ScopedFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status;
  ASSERT_EQ(fstat(fd.get(), &status), 0);
  EXPECT_EQ(TextOfDescriptor(fd.get(), status).description,
            "socket file " + path + ", open as a path only");
}

TEST(SocketTextTest, OtherFamiliesGoByNumber) {
  const ScopedFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  EXPECT_EQ(TextOf(fd).name, "socket of family 16, type 3, protocol 0");
  EXPECT_EQ(TextOf(fd).likeness, "sockets of family 16, type 3, protocol 0");
}

TEST(SocketTextTest, OtherInternetProtocolsGoByNumber) {
  const int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) GTEST_SKIP() << "raw sockets may not be made here";
  const DescriptorText text = TextOf(ScopedFd(fd));
  EXPECT_EQ(text.name, "raw IP socket of protocol 1");
  EXPECT_EQ(text.likeness, "raw IP sockets of protocol 1");
}

}  // namespace
}  // namespace leaktrap::internal
