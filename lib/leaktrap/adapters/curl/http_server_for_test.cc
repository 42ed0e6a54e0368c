#include "leaktrap/adapters/curl/http_server_for_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <list>
#include <string>
#include <system_error>
#include <vector>

namespace leaktrap::curl {
namespace {

bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

struct Client {
  int socket;
  std::string received;
  std::string held;  // the path of what is not answered yet
  bool gone = false;
};

void Answer(Client* client, const std::string& path) {
  const bool close_it = StartsWith(path, "/close");
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) +
      (close_it ? "\r\nConnection: close" : "") + "\r\n\r\n" + path;
  // What fits into a socket's buffer, at once.
  if (send(client->socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) {
    client->gone = true;
  }
  client->gone = client->gone || close_it;
}

// Requests without a body, one after the other.
void Serve(std::list<Client>* clients, Client* client) {
  char buffer[4096];
  const ssize_t size = recv(client->socket, buffer, sizeof(buffer), 0);
  if (size <= 0) {
    client->gone = true;
    return;
  }
  client->received.append(buffer, static_cast<size_t>(size));
  const size_t end = client->received.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const size_t begin = client->received.find(' ') + 1;
  const std::string path =
      client->received.substr(begin, client->received.find(' ', begin) - begin);
  client->received.erase(0, end + 4);
  if (StartsWith(path, "/held")) {
    client->held = path;
    return;
  }
  if (path == "/release") {
    for (Client& other : *clients) {
      if (!other.held.empty()) Answer(&other, other.held);
      other.held.clear();
    }
  }
  Answer(client, path);
}

[[noreturn]] void Run(int listener) {
  std::list<Client> clients;
  for (;;) {
    std::vector<pollfd> polled = {{listener, POLLIN, 0}};
    for (const Client& client : clients) {
      polled.push_back({client.socket, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    size_t place = 0;
    for (Client& client : clients) {
      if (polled[++place].revents != 0) Serve(&clients, &client);
    }
    clients.remove_if([](const Client& client) {
      if (client.gone) close(client.socket);
      return client.gone;
    });
    if (polled[0].revents == 0) continue;
    const int socket = accept(listener, nullptr, nullptr);
    if (socket >= 0) clients.push_back({socket, "", ""});
  }
}

[[noreturn]] void Throw(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

HttpServer::HttpServer() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) Throw("socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, any, size) != 0) Throw("bind");
  if (listen(listener, 64) != 0) Throw("listen");
  if (getsockname(listener, any, &size) != 0) Throw("getsockname");
  port_ = ntohs(address.sin_port);

  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) Throw("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    Run(listener);
  }
  close(listener);
}

HttpServer::~HttpServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string HttpServer::peer() const {
  return "127.0.0.1:" + std::to_string(port_);
}

std::string HttpServer::Url(const std::string& path) const {
  return "http://" + peer() + path;
}

}  // namespace leaktrap::curl
