#include "examples/legacy_suite/fake_smtp_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mail {
namespace {

void Say(int client, const std::string& line) {
  const std::string text = line + "\r\n";
  if (send(client, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
}

// Answers what has come; whether the client is still there.
bool ServeOnce(int client) {
  char buffer[4096];
  const ssize_t size = read(client, buffer, sizeof buffer);
  if (size <= 0) return false;
  // The importer waits for an answer to each command, so this is a whole one.
  const std::string command(buffer, size);
  const bool is_taken = command.find("<nobody>") == command.npos;
  Say(client, is_taken ? "250 ok" : "550 no such user");
  return true;
}

}  // namespace

FakeSmtpServer::FakeSmtpServer(std::string greeting)
    : greeting_(std::move(greeting)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, any, &size) != 0 || pipe2(stop_, O_CLOEXEC) != 0) {
    throw std::runtime_error("the server cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FakeSmtpServer::~FakeSmtpServer() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(listener_);
}

void FakeSmtpServer::Serve() {
  std::vector<pollfd> watched = {{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
  while (poll(watched.data(), watched.size(), -1) > 0 &&
         watched[0].revents == 0) {
    for (size_t i = watched.size(); i-- > 2;) {
      if (watched[i].revents != 0 && !ServeOnce(watched[i].fd)) {
        close(watched[i].fd);
        watched.erase(watched.begin() + i);
      }
    }
    if (watched[1].revents != 0) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      ++connections_;
      Say(client, greeting_);
      watched.push_back({client, POLLIN, 0});
    }
  }
  for (size_t i = 2; i < watched.size(); ++i) close(watched[i].fd);
}

}  // namespace mail
