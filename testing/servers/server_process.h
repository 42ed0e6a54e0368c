// Runs a server of another house for a test: its child, which ends with it.

#ifndef LEAKTRAP_TESTING_SERVERS_SERVER_PROCESS_H_
#define LEAKTRAP_TESTING_SERVERS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace leaktrap::servers {

// A TCP port of 127.0.0.1 that was free a moment ago; zero if there is none.
int FreePort();

// The whole of a file; empty if it cannot be read.
std::string ReadFile(const std::string& path);

struct ServerProgram {
  std::vector<std::string> command;  // the program's path first

  // A file to which stdout and stderr are added.
  std::string log;

  // Sent by the kernel when the thread that started it ends.
  int death_signal;

  // For programs that refuse to run as root: where this process is root, the
  // program runs as somebody else, who owns `folder` and what it makes there.
  // Empty: it runs as this process does.
  std::string unprivileged_in;
};

// Move-only. One object is not to be used by two threads at once.
class ServerProcess {
 public:
  // Without stdin, any descriptor of this process, or its environment.
  static absl::StatusOr<ServerProcess> Start(const ServerProgram& program);

  // Runs it to its end. An error, with its log, if that is none with code 0, or
  // does not come within `patience`.
  static absl::Status Run(const ServerProgram& program,
                          std::chrono::milliseconds patience);

  // Runs nothing.
  ServerProcess() = default;
  ServerProcess(ServerProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  ServerProcess& operator=(ServerProcess&& other) noexcept;
  ~ServerProcess();

  // -1 when it does not run.
  pid_t pid() const { return pid_; }

  // Whether it has ended, or never ran.
  bool HasEnded();

  // Sends it `signal` and waits for its end, which SIGKILL brings when it takes
  // too long. Does nothing when it has ended.
  void End(int signal);

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;
  int status_ = 0;  // as waitpid() gives it, when it has ended
};

}  // namespace leaktrap::servers

#endif  // LEAKTRAP_TESTING_SERVERS_SERVER_PROCESS_H_
