#include "examples/http_client/test_peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace http_client {

SilentPeer::SilentPeer()
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, any, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "SilentPeer");
  }
  port_ = ntohs(address.sin_port);
}

SilentPeer::~SilentPeer() { close(listener_); }

std::string SilentPeer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

StallingPeer::StallingPeer(std::string answer)
    : thread_([this, answer = std::move(answer)] {
        connection_ = accept4(listener(), nullptr, nullptr, SOCK_CLOEXEC);
        send(connection_, answer.data(), answer.size(), MSG_NOSIGNAL);
      }) {}

StallingPeer::~StallingPeer() {
  thread_.join();
  close(connection_);
}

int BodyThreads() {
  int threads = 0;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    // A thread that was joined may be listed for a moment longer, as a zombie
    // without an address space.
    std::string stat;
    std::getline(std::ifstream(task.path() / "stat"), stat);
    const size_t state = stat.rfind(") ");
    if (name == "http-body" && state != std::string::npos &&
        stat[state + 2] != 'Z' && stat[state + 2] != 'X') {
      ++threads;
    }
  }
  return threads;
}

int OpenDescriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  // The one that the listing itself needs is not counted.
  return static_cast<int>(std::distance(begin(open), end(open))) - 1;
}

}  // namespace http_client
