#include "servers/server_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "servers/unprivileged_user.h"

namespace leaktrap::servers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(1);

// Does not return. Async-signal-safe: other threads of the parent may have held
// any lock as it forked.
[[noreturn]] void BecomeProgram(char* const* arguments, const char* log,
                                int death_signal, const UnprivilegedUser& user,
                                pid_t parent) {
  static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
  static char locale[] = "LC_ALL=C";
  static char* const environment[] = {path, locale, nullptr};
  const int nowhere = open("/dev/null", O_RDWR);
  const int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (nowhere < 0 || file < 0) _exit(127);
  dup2(nowhere, 0);
  dup2(file, 1);
  dup2(file, 2);
  close_range(3, ~0u, 0);
  if (!user.Become()) {
    static const char text[] = "cannot run as another user than root\n";
    if (write(2, text, sizeof(text) - 1) < 0) _exit(126);
    _exit(127);
  }
  // Another user's process has none: it is set last.
  prctl(PR_SET_PDEATHSIG, death_signal);
  if (getppid() != parent) _exit(127);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool found =
      bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (listener >= 0) close(listener);
  return found ? ntohs(address.sin_port) : 0;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

absl::StatusOr<ServerProcess> ServerProcess::Start(
    const ServerProgram& program) {
  UnprivilegedUser user;
  if (!program.unprivileged_in.empty()) {
    absl::StatusOr<UnprivilegedUser> found =
        UnprivilegedUser::WhoOwns(program.unprivileged_in);
    if (!found.ok()) return found.status();
    user = *std::move(found);
  }
  std::vector<char*> arguments;
  for (const auto* words : {&user.wrapper(), &program.command}) {
    for (const std::string& word : *words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
  }
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    BecomeProgram(arguments.data(), program.log.c_str(), program.death_signal,
                  user, parent);
  }
  return ServerProcess(pid);
}

absl::Status ServerProcess::Run(const ServerProgram& program,
                                std::chrono::milliseconds patience) {
  absl::StatusOr<ServerProcess> process = Start(program);
  if (!process.ok()) return process.status();
  const Clock::time_point deadline = Clock::now() + patience;
  while (!process->HasEnded()) {
    if (Clock::now() >= deadline) {
      process->End(SIGTERM);
      return absl::DeadlineExceededError(absl::StrCat(
          program.command[0], " does not end: ", ReadFile(program.log)));
    }
    std::this_thread::sleep_for(kPause);
  }
  if (process->status_ == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(program.command[0], " ended with status ", process->status_,
                   ": ", ReadFile(program.log)));
}

ServerProcess& ServerProcess::operator=(ServerProcess&& other) noexcept {
  if (this == &other) return *this;
  End(SIGKILL);
  pid_ = std::exchange(other.pid_, -1);
  status_ = other.status_;
  return *this;
}

ServerProcess::~ServerProcess() { End(SIGKILL); }

bool ServerProcess::HasEnded() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

void ServerProcess::End(int signal) {
  const Clock::time_point deadline = Clock::now() + kPatience;
  if (!HasEnded()) kill(pid_, signal);
  while (!HasEnded()) {
    if (Clock::now() >= deadline) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace leaktrap::servers
