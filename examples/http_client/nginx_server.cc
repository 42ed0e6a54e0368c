#include "examples/http_client/nginx_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace http_client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kNginx[] = "/usr/sbin/nginx";
constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(2);

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A port that was free a moment ago; zero if there is none.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  const bool found =
      bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(listener);
  return found ? ntohs(address.sin_port) : 0;
}

bool Connects(int port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool connected =
      connect(client, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0;
  close(client);
  return connected;
}

std::string Configuration(const std::string& folder, int port,
                          const std::string& locations) {
  std::string temporary;
  for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    absl::StrAppend(&temporary, "  ", use, "_temp_path ", folder, "/", use,
                    ";\n");
  }
  // Another user than root is not to be had in a user namespace.
  return absl::StrCat(
      geteuid() == 0 ? "user root root;\n" : "",
      "daemon off;\nmaster_process off;\npid ", folder,
      "/nginx.pid;\nevents {}\nhttp {\n", temporary, "  access_log ", folder,
      "/access.log;\n"
      "  keepalive_requests 100000;\n"
      "  add_header X-Connection $connection always;\n"
      "  add_header X-Connection-Requests "
      "$connection_requests always;\n"
      "  server {\n    listen 127.0.0.1:",
      port, ";\n    root ", folder, "/www;\n", locations, "\n  }\n}\n");
}

}  // namespace

absl::StatusOr<std::unique_ptr<NginxServer>> NginxServer::Start(
    const std::string& locations) {
  if (access(kNginx, X_OK) != 0) {
    return absl::NotFoundError(
        absl::StrCat(kNginx, " is missing: run tools/install_debian.sh"));
  }
  // Not under TEST_TMPDIR, whose long path is too much for some servers.
  char folder[] = "/tmp/nginx.XXXXXX";
  if (!mkdtemp(folder)) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mkdtemp ", folder));
  }
  std::unique_ptr<NginxServer> server(new NginxServer(folder));
  std::filesystem::create_directory(server->www());

  // Somebody else may take the port before nginx does.
  absl::Status status;
  for (int attempt = 0; attempt < 3; ++attempt) {
    status = server->Launch(locations);
    if (status.ok()) status = server->AwaitAnswer();
    if (status.ok()) return server;
    server->Abort();
  }
  return status;
}

NginxServer::~NginxServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string NginxServer::Url(const std::string& path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

void NginxServer::Stop() { End(SIGQUIT); }

void NginxServer::Abort() { End(SIGTERM); }

absl::Status NginxServer::Launch(const std::string& locations) {
  port_ = FreePort();
  const std::string configuration = folder_ + "/nginx.conf";
  const std::string log = folder_ + "/error.log";
  std::ofstream(configuration) << Configuration(folder_, port_, locations);

  const char* const arguments[] = {
      kNginx, "-p",        folder_.c_str(), "-c", configuration.c_str(),
      "-e",   log.c_str(), nullptr};
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    // What it has to say as it starts, it says in its log as well.
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {0, 1, 2}) dup2(nowhere, standard);
    execv(kNginx, const_cast<char* const*>(arguments));
    _exit(127);
  }
  return absl::OkStatus();
}

absl::Status NginxServer::AwaitAnswer() {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    if (HasExited()) {
      return absl::UnavailableError("nginx ended as it started: " + Log());
    }
    // The file is written once nginx itself listens: on a port that another
    // program has taken, that program would answer.
    if (access((folder_ + "/nginx.pid").c_str(), F_OK) == 0 &&
        Connects(port_)) {
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kPause);
  }
  return absl::DeadlineExceededError("nginx does not answer: " + Log());
}

bool NginxServer::HasExited() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

void NginxServer::End(int signal) {
  const Clock::time_point deadline = Clock::now() + kPatience;
  if (!HasExited()) kill(pid_, signal);
  while (!HasExited()) {
    if (Clock::now() >= deadline) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(kPause);
  }
}

std::string NginxServer::Log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/error.log").rdbuf();
  return text.str();
}

}  // namespace http_client
