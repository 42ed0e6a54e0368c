#include "leaktrap/probe/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "leaktrap/probe/descriptors_for_test.h"
#include "leaktrap/probe/sockets_for_test.h"

namespace leaktrap::internal {
namespace {

SocketAddress From(const TestAddress& from) {
  SocketAddress address;
  address.storage = from.storage;
  address.size = from.size;
  return address;
}

SocketAddress Ipv6(const char* host, int port, uint32_t scope) {
  sockaddr_in6 in = {};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  in.sin6_scope_id = scope;
  EXPECT_EQ(inet_pton(AF_INET6, host, &in.sin6_addr), 1);
  return From(AddressOf(in));
}

TEST(SocketAddressTest, Ipv4) {
  const SocketAddress address = From(Ipv4Loopback(8080));
  EXPECT_EQ(AddressText(address), "127.0.0.1:8080");
  EXPECT_EQ(HostText(address), "127.0.0.1");
  EXPECT_EQ(Port(address), 8080);
  EXPECT_TRUE(IsBound(address));
  EXPECT_FALSE(IsBound(From(Ipv4Loopback(0))));
}

TEST(SocketAddressTest, Ipv6InBrackets) {
  EXPECT_EQ(AddressText(Ipv6("::1", 80, 0)), "[::1]:80");
  EXPECT_EQ(AddressText(Ipv6("fe80::1", 80, 2)), "[fe80::1%2]:80");
  EXPECT_EQ(HostText(Ipv6("::ffff:127.0.0.1", 80, 0)), "[::ffff:127.0.0.1]");
  EXPECT_EQ(Port(Ipv6("::1", 80, 0)), 80);
}

TEST(SocketAddressTest, UnixNames) {
  const auto text = [](const std::string& name) {
    return AddressText(From(UnixAddress(name)));
  };
  EXPECT_EQ(text(""), "(unnamed)");
  EXPECT_EQ(text("/run/x.sock"), "/run/x.sock");
  EXPECT_EQ(text(std::string("/run/x\0", 7)), "/run/x");
  EXPECT_EQ(text("/a\nb"), R"(/a\nb)");
  EXPECT_EQ(text(std::string("\0name", 5)), "@name");
  EXPECT_EQ(text(std::string("\0a\0b\n", 5)), R"(@a\x00b\n)");
  EXPECT_EQ(text(std::string(108, 'x')), std::string(108, 'x'));
  EXPECT_FALSE(IsBound(From(UnixAddress(""))));
  EXPECT_TRUE(IsBound(From(UnixAddress("/a"))));
}

TEST(SocketAddressTest, OtherFamiliesGoByNumber) {
  sockaddr other = {};
  other.sa_family = AF_NETLINK;
  EXPECT_EQ(AddressText(From(AddressOf(other))), "(address of family 16)");
}

TEST(SocketAddressTest, AnEndThatIsNotThereIsNotKnown) {
  const ScopedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(OwnAddress(fd.get()).known());
  EXPECT_FALSE(PeerAddress(fd.get()).known());
}

}  // namespace
}  // namespace leaktrap::internal
