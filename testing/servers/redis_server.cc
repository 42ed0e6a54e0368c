#include "servers/redis_server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"

namespace leaktrap::servers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kProgram[] = "/usr/bin/redis-server";
constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(2);

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
  const std::string log = ReadFile(folder_ + "/log");
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
  ServerProgram program;
  program.command = {kProgram,
                     "--port",
                     std::to_string(port_),
                     "--bind",
                     "127.0.0.1",
                     "--unixsocket",
                     socket_path(),
                     "--dir",
                     folder_,
                     "--save",
                     "",
                     "--appendonly",
                     "no",
                     "--daemonize",
                     "no"};
  program.log = folder_ + "/log";
  program.death_signal = SIGKILL;
  absl::StatusOr<ServerProcess> process = ServerProcess::Start(program);
  if (!process.ok()) throw std::runtime_error(process.status().ToString());
  process_ = *std::move(process);
}

bool RedisServer::AwaitAnswer() {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (!process_.HasEnded() && Clock::now() < deadline) {
    if (Answers(socket_path())) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

// It has nothing to save, and no child of its own to leave behind.
void RedisServer::Stop() { process_.End(SIGKILL); }

}  // namespace leaktrap::servers
