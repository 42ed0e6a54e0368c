#include "leaktrap/adapters/hiredis/server_connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::hiredis::internal {
namespace {

using Clock = std::chrono::steady_clock;
using leaktrap::internal::UnseenClose;

constexpr auto kPatience = std::chrono::seconds(5);

[[noreturn]] void Fail(const std::string& what, int error) {
  throw std::runtime_error(what + ": " +
                           std::generic_category().message(error));
}

// A reset instead of an orderly close: else each look would keep a port in
// TIME_WAIT.
void CloseAtOnce(int fd) {
  const linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  UnseenClose(fd);
}

}  // namespace

ServerConnection::ServerConnection(const std::string& host, int port)
    : deadline_(Clock::now() + kPatience) {
  const std::string where = host + " port " + std::to_string(port);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(where + ": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(
      found, &freeaddrinfo);
  int reason = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    fd_ = static_cast<int>(syscall(SYS_socket, each->ai_family,
                                   SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                   0));
    if (fd_ < 0) Fail("a socket to ask Redis at " + where, errno);
    if (Connect(each->ai_addr, each->ai_addrlen)) return;
    reason = errno;
    UnseenClose(fd_);
  }
  Fail("Redis at " + where, reason);
}

ServerConnection::~ServerConnection() { CloseAtOnce(fd_); }

bool ServerConnection::Connect(const void* address, unsigned size) {
  if (syscall(SYS_connect, fd_, address, size) == 0) return true;
  if (errno != EINPROGRESS && errno != EINTR) return false;
  try {
    Await(POLLOUT);
  } catch (const std::runtime_error&) {
    errno = ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  return error == 0;
}

void ServerConnection::Await(short events) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - Clock::now());
    pollfd socket = {fd_, events, 0};
    const int ready =
        poll(&socket, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return;
    if (ready == 0) throw std::runtime_error("Redis does not answer in time");
    if (errno != EINTR) Fail("poll", errno);
  }
}

void ServerConnection::Send(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t size = syscall(SYS_sendto, fd_, bytes.data() + sent,
                                 bytes.size() - sent, MSG_NOSIGNAL, nullptr, 0);
    if (size >= 0) {
      sent += size;
    } else if (errno == EAGAIN) {
      Await(POLLOUT);
    } else if (errno != EINTR) {
      Fail("Redis", errno);
    }
  }
}

void ServerConnection::Receive(size_t size) {
  char buffer[16384];
  while (received_.size() < size) {
    const ssize_t more =
        syscall(SYS_recvfrom, fd_, buffer, sizeof(buffer), 0, nullptr, nullptr);
    if (more > 0) {
      received_.append(buffer, more);
    } else if (more == 0) {
      throw std::runtime_error("Redis closed the connection");
    } else if (errno == EAGAIN) {
      Await(POLLIN);
    } else if (errno != EINTR) {
      Fail("Redis", errno);
    }
  }
}

std::string ServerConnection::TakeLine() {
  size_t end;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    Receive(received_.size() + 1);
  }
  const std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

std::string ServerConnection::Ask(const std::vector<std::string>& words) {
  std::string command = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    command += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  Send(command);
  const std::string line = TakeLine();
  const char type = line.empty() ? '\0' : line[0];
  if (type == '+' || type == ':') return line.substr(1);
  const long long size =
      type == '$' ? std::strtoll(line.c_str() + 1, nullptr, 10) : -1;
  if (size < 0) {
    throw std::runtime_error("Redis answers " + words[0] + " with \"" + line +
                             "\"");
  }
  Receive(size + 2);
  const std::string text = received_.substr(0, size);
  received_.erase(0, size + 2);
  return text;
}

}  // namespace leaktrap::hiredis::internal
