// Sockets that are lost on the way to a connection, and behind its end.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace scenarios {
namespace {

constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;

bool Bind(int fd, sockaddr_in address) {
  return bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

bool Connect(int fd, sockaddr_in address) {
  return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
         0;
}

// Listens on a port of its own, on loopback.
class Listener {
 public:
  explicit Listener(int backlog = 8) : fd_(socket(AF_INET, kType, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_TRUE(Bind(fd_, address_));
    EXPECT_EQ(listen(fd_, backlog), 0);
    socklen_t size = sizeof(address_);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Listener() { close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return fd_; }
  const sockaddr_in& address() const { return address_; }

 private:
  const int fd_;
  sockaddr_in address_ = {};
};

namespace leaking {
int ListenOn(const sockaddr_in& address) {
  const int fd = socket(AF_INET, kType, 0);  // LEAK: ReturnsBeforeClose
  if (!Bind(fd, address)) return -1;
  return fd;
}
}  // namespace leaking

namespace fixed {
int ListenOn(const sockaddr_in& address) {
  const int fd = socket(AF_INET, kType, 0);
  if (Bind(fd, address)) return fd;
  close(fd);
  return -1;
}
}  // namespace fixed

TEST(Leaking, ReturnsBeforeClose) {
  const Listener listener;
  EXPECT_EQ(leaking::ListenOn(listener.address()), -1);
}
TEST(Fixed, ReturnsBeforeClose) {
  const Listener listener;
  EXPECT_EQ(fixed::ListenOn(listener.address()), -1);
}

struct Candidate {
  sockaddr_in address;
  pid_t owner;  // is sent SIGURG
};

// Above all that the kernel gives out.
constexpr pid_t kNobody = INT_MAX;

// The first that can be connected to.
template <bool closes_all>
int ConnectToAny(const std::vector<Candidate>& candidates) {
  for (const auto& [address, owner] : candidates) {
    const int fd = socket(AF_INET, kType, 0);  // LEAK: ContinuesPastFcntl
    if (fcntl(fd, F_SETOWN, owner) != 0) {
      if (closes_all) close(fd);
      continue;
    }
    if (Connect(fd, address)) return fd;
    close(fd);
  }
  return -1;
}

template <bool closes_all>
void ConnectToTheSecond() {
  const Listener listener;
  const int fd = ConnectToAny<closes_all>(
      {{listener.address(), kNobody}, {listener.address(), getpid()}});
  EXPECT_GE(fd, 0);
  close(fd);
}

TEST(Leaking, ContinuesPastFcntl) { ConnectToTheSecond<false>(); }
TEST(Fixed, ContinuesPastFcntl) { ConnectToTheSecond<true>(); }

// Takes up no connection: its queue has room for one, which is there already.
// Of the whole run, since the socket that a test leaves behind is still to be
// half-connected when it is looked at.
class FullListener : public testing::Environment {
 public:
  void SetUp() override {
    listener_ = std::make_unique<Listener>(0);
    first_ = socket(AF_INET, kType, 0);
    EXPECT_TRUE(Connect(first_, listener_->address()));
    pollfd queue = {listener_->fd(), POLLIN, 0};
    EXPECT_EQ(poll(&queue, 1, -1), 1);
  }
  void TearDown() override {
    close(first_);
    listener_.reset();
  }

  const sockaddr_in& address() const { return listener_->address(); }

 private:
  std::unique_ptr<Listener> listener_;
  int first_ = -1;
};

const auto* const full_listener = static_cast<FullListener*>(
    testing::AddGlobalTestEnvironment(new FullListener));

// Hands its socket over once that is connected.
class Connector {
 public:
  explicit Connector(const sockaddr_in& address) {
    fd_ = socket(AF_INET, kType | SOCK_NONBLOCK, 0);  // LEAK: DiesMidConnect
    EXPECT_FALSE(Connect(fd_, address));
    EXPECT_EQ(errno, EINPROGRESS);
  }

 protected:
  int fd_;
};

class ClosingConnector : public Connector {
 public:
  using Connector::Connector;
  ~ClosingConnector() { close(fd_); }
};

TEST(Leaking, DiesMidConnect) { Connector(full_listener->address()); }
TEST(Fixed, DiesMidConnect) { ClosingConnector(full_listener->address()); }

// Reads one session to its end, on a thread of its own.
template <bool closes_sessions>
class Server {
 public:
  Server() : thread_([this] { Serve(); }) {}
  ~Server() { thread_.join(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const sockaddr_in& address() const { return listener_.address(); }

 private:
  void Serve() {
    const int session = Accept();
    char buffer[64];
    while (read(session, buffer, sizeof(buffer)) > 0) continue;
    sessions_.erase(session);
    if (closes_sessions) close(session);
  }

  int Accept() {
    const int fd = listener_.fd();
    const int session = accept(fd, nullptr, nullptr);  // LEAK: KeepsCloseWait
    sessions_.insert(session);
    return session;
  }

  const Listener listener_;
  std::set<int> sessions_;
  std::thread thread_;
};

template <bool closes_sessions>
void TalkToServer() {
  const Server<closes_sessions> server;
  const int fd = socket(AF_INET, kType, 0);
  EXPECT_TRUE(Connect(fd, server.address()));
  EXPECT_EQ(write(fd, "hello", 5), 5);
  close(fd);
}

TEST(Leaking, KeepsCloseWait) { TalkToServer<false>(); }
TEST(Fixed, KeepsCloseWait) { TalkToServer<true>(); }

}  // namespace
}  // namespace scenarios
