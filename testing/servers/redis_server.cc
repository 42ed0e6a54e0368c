#include "servers/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace leaktrap::servers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kProgram[] = "/usr/bin/redis-server";
constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(2);

// A port that was free a moment ago; zero if there is none.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool found =
      bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(listener);
  return found ? ntohs(address.sin_port) : 0;
}

// By the Unix socket in its own folder: on a port that another program has
// taken, that program would answer.
bool Answers(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char answer[5] = {};
  const bool answers =
      connect(client, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0 &&
      send(client, "PING\r\n", 6, MSG_NOSIGNAL) == 6 &&
      recv(client, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer) &&
      std::memcmp(answer, "+PONG", sizeof(answer)) == 0;
  close(client);
  return answers;
}

}  // namespace

RedisServer::RedisServer() {
  if (access(kProgram, X_OK) != 0) {
    throw std::runtime_error(std::string(kProgram) +
                             " is missing: run tools/install_debian.sh");
  }
  // Not under TEST_TMPDIR, whose long path is too much for a Unix socket.
  char folder[] = "/tmp/redis.XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    throw std::system_error(errno, std::generic_category(), folder);
  }
  folder_ = folder;
  // Somebody else may take the port before the server does.
  for (int attempt = 0; attempt < 3; ++attempt) {
    Launch();
    if (AwaitAnswer()) return;
    Stop();
  }
  const std::string log = Log();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  throw std::runtime_error("redis-server does not answer: " + log);
}

RedisServer::~RedisServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RedisServer::Launch() {
  port_ = FreePort();
  const std::vector<std::string> words = {kProgram,
                                          "--port",
                                          std::to_string(port_),
                                          "--bind",
                                          "127.0.0.1",
                                          "--unixsocket",
                                          socket_path(),
                                          "--dir",
                                          folder_,
                                          "--logfile",
                                          folder_ + "/log",
                                          "--save",
                                          "",
                                          "--appendonly",
                                          "no",
                                          "--daemonize",
                                          "no"};
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {0, 1, 2}) dup2(nowhere, standard);
    execv(kProgram, arguments.data());
    _exit(127);
  }
}

bool RedisServer::AwaitAnswer() {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (!HasExited() && Clock::now() < deadline) {
    if (Answers(socket_path())) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

bool RedisServer::HasExited() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

// It has nothing to save; SIGKILL leaves no child of its own behind.
void RedisServer::Stop() {
  if (HasExited()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string RedisServer::Log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/log").rdbuf();
  return text.str();
}

}  // namespace leaktrap::servers
