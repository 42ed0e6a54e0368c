#include "leaktrap/adapters/hiredis/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "leaktrap/adapters/hiredis/redis_for_test.h"

namespace leaktrap::hiredis::internal {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const servers::RedisServer& server = TheServer();

std::string WhyNot(const Server& asked) {
  try {
    AskForClients(asked);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// What stands in front of Redis, or in its place. Serves one client.
class OtherServer {
 public:
  template <typename Serve>
  explicit OtherServer(Serve serve)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    socklen_t size = sizeof(address_);
    EXPECT_EQ(bind(listener_, address, size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, address, &size), 0);
    thread_ = std::thread([this, serve] {
      const int client = accept(listener_, nullptr, nullptr);
      serve(client);
      close(client);
    });
  }
  ~OtherServer() {
    thread_.join();
    close(listener_);
  }
  Server where() const { return {"127.0.0.1", ntohs(address_.sin_port)}; }

 private:
  const int listener_;
  sockaddr_in address_ = {};
  std::thread thread_;
};

// From each to the other, until both have ended.
void Pass(int from, int to) {
  char buffer[4096];
  ssize_t size;
  while ((size = read(from, buffer, sizeof(buffer))) > 0) {
    if (write(to, buffer, size) != size) break;
  }
  shutdown(to, SHUT_WR);
}

TEST(ServerTest, TellsOfAllClientsButTheOneThatAsks) {
  EXPECT_THAT(AskForClients({"127.0.0.1", server.port()}), IsEmpty());
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "PING"), "PONG");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto clients = AskForClients({host, server.port()});
    ASSERT_THAT(clients, SizeIs(1)) << host;
    EXPECT_EQ(clients[0].address, OwnAddressText(connection->fd));
  }
}

TEST(ServerTest, ManyClientsAreMoreThanOneRead) {
  std::vector<Connection> connections;
  for (int i = 0; i < 200; ++i) connections.push_back(Connect());
  EXPECT_EQ(Ask(connections.back(), "PING"), "PONG");
  EXPECT_THAT(AskForClients({"127.0.0.1", server.port()}), SizeIs(200));
}

TEST(ServerTest, AsksWithAPassword) {
  const Connection connection = Connect();
  EXPECT_EQ(Ask(connection, "CONFIG SET requirepass secret"), "OK");
  Server asked{"127.0.0.1", server.port()};
  EXPECT_THAT(WhyNot(asked), HasSubstr("NOAUTH"));
  asked.password = "wrong";
  EXPECT_THAT(WhyNot(asked), HasSubstr("WRONGPASS"));
  asked.password = "secret";
  EXPECT_EQ(WhyNot(asked), "");
  asked.username = "default";
  EXPECT_EQ(WhyNot(asked), "");
  Ask(connection, "AUTH secret");
  Ask(connection, "ACL SETUSER default nopass");
}

TEST(ServerTest, SaysWhyItCouldNotAsk) {
  EXPECT_THAT(WhyNot({"127.0.0.1", 1}), HasSubstr("Connection refused"));
  EXPECT_THAT(WhyNot({"no such host", 1}),
              HasSubstr("Redis at no such host port 1: "));
}

TEST(ServerTest, AServerThatEndsInItsAnswer) {
  const OtherServer other([](int client) {
    char buffer[256];
    EXPECT_GT(read(client, buffer, sizeof(buffer)), 0);
    EXPECT_EQ(write(client, ":1", 2), 2);
  });
  EXPECT_THAT(WhyNot(other.where()), HasSubstr("Server closed the connection"));
}

TEST(ServerTest, WhatIsNoRedis) {
  const OtherServer other([](int client) {
    char buffer[256];
    EXPECT_GT(read(client, buffer, sizeof(buffer)), 0);
    EXPECT_EQ(write(client, "220 mail\r\n", 10), 10);
  });
  EXPECT_THAT(WhyNot(other.where()),
              HasSubstr("Protocol error, got \"2\" as reply type byte"));
}

// Else each client would be a stranger, and every test would pass.
TEST(ServerTest, ThroughAProxyNobodyIsRecognised) {
  const OtherServer proxy([](int client) {
    const Connection behind = Connect();
    std::thread back([&] { Pass(behind->fd, client); });
    Pass(client, behind->fd);
    back.join();
  });
  EXPECT_THAT(WhyNot(proxy.where()), HasSubstr("through a proxy"));
}

TEST(ServerTest, AddressesOfSockets) {
  EXPECT_EQ(OwnAddressText(-1), "");
  EXPECT_EQ(PeerPath(-1), "");
  const int file = dup(0);
  EXPECT_EQ(OwnAddressText(file), "");
  EXPECT_EQ(PeerPath(file), "");
  close(file);
  const Connection by_path(redisConnectUnix(server.socket_path().c_str()));
  EXPECT_EQ(OwnAddressText(by_path->fd), "");
  EXPECT_EQ(PeerPath(by_path->fd), server.socket_path());
  EXPECT_EQ(PeerPath(Connect()->fd), "");
}

TEST(ServerTest, AnInternetSocketOfTheNewSortIsToldAsTheServerSeesIt) {
  const int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) GTEST_SKIP() << "no IPv6 here";
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(server.port());
  ASSERT_EQ(inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr), 1);
  ASSERT_EQ(
      connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
      0);
  EXPECT_THAT(OwnAddressText(client), testing::StartsWith("127.0.0.1:"));
  close(client);
}

}  // namespace
}  // namespace leaktrap::hiredis::internal
