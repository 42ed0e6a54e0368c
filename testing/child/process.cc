#include "child/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

namespace leaktrap::child {
namespace {

using Clock = std::chrono::steady_clock;

// std::system_error is a std::runtime_error.
void Check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

[[noreturn]] void ThrowErrno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  void Close() {
    if (fd_ != -1) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

class SpawnActions {
 public:
  SpawnActions() {
    Check(posix_spawn_file_actions_init(&actions_), "spawn actions");
    Check(posix_spawnattr_init(&attributes_), "spawn attributes");
  }
  ~SpawnActions() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void RedirectTo(int output) {
    Check(posix_spawn_file_actions_adddup2(&actions_, output, 1), "stdout");
    Check(posix_spawn_file_actions_adddup2(&actions_, output, 2), "stderr");
    Check(posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY,
                                           0),
          "stdin");
    Check(posix_spawn_file_actions_addclosefrom_np(&actions_, 3), "closefrom");
  }

  void ChangeTo(const std::string& directory) {
    Check(posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()),
          "chdir");
  }

  void StartAfresh() {
    sigset_t signals;
    sigemptyset(&signals);
    Check(posix_spawnattr_setsigmask(&attributes_, &signals), "signal mask");
    sigfillset(&signals);
    Check(posix_spawnattr_setsigdefault(&attributes_, &signals), "signals");
    Check(posix_spawnattr_setpgroup(&attributes_, 0), "process group");
    Check(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETPGROUP),
          "spawn flags");
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// A started program: never left running, never left unwaited for.
class Running {
 public:
  explicit Running(pid_t pid) : pid_(pid) {}
  ~Running() {
    if (pid_ != -1) KillAndReap();
  }

  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Returns the wait status, or -1 with errno set.
  int KillAndReap() {
    // While it is not reaped its number, and that of its group, are nobody
    // else's. It may have left the group itself.
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    int status = 0;
    pid_t reaped;
    do {
      reaped = waitpid(pid_, &status, 0);
    } while (reaped == -1 && errno == EINTR);
    pid_ = -1;
    return reaped == -1 ? -1 : status;
  }

 private:
  pid_t pid_;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) {
    pointers.push_back(const_cast<char*>(s.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// glibc 2.36 declares pidfd_open() without extern "C".
int OpenPidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

pid_t Spawn(const ProcessOptions& options, int output) {
  SpawnActions spawn;
  spawn.RedirectTo(output);
  if (!options.working_dir.empty()) spawn.ChangeTo(options.working_dir);
  spawn.StartAfresh();
  std::vector<std::string> argv = {options.program};
  argv.insert(argv.end(), options.args.begin(), options.args.end());
  pid_t pid;
  Check(posix_spawn(&pid, options.program.c_str(), spawn.actions(),
                    spawn.attributes(), Pointers(argv).data(),
                    Pointers(options.environment).data()),
        "cannot run " + options.program);
  return pid;
}

// Appends what one read() gives, at most `limit` bytes. False at the end.
bool ReadSome(int fd, size_t limit, std::string* output) {
  char buffer[1 << 16];
  const ssize_t n = read(fd, buffer, std::min(limit, sizeof(buffer)));
  if (n == -1 && errno == EINTR) return true;
  if (n == -1) ThrowErrno("read of the child's output");
  output->append(buffer, static_cast<size_t>(n));
  return n != 0;
}

int MillisecondsUntil(Clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
}

// Collects output until the process is over. False when its time was up first.
bool ReadUntilEnd(int process, int pipe, Clock::time_point deadline,
                  std::string* output) {
  pollfd watched[] = {{process, POLLIN, 0}, {pipe, POLLIN, 0}};
  while (true) {
    const int left = MillisecondsUntil(deadline);
    const int ready = poll(watched, 2, left);
    if (ready == -1 && errno == EINTR) continue;
    if (ready == -1) ThrowErrno("poll of the child");
    if (watched[0].revents != 0) return true;
    if (left == 0) return false;
    if (watched[1].revents != 0 && !ReadSome(pipe, SIZE_MAX, output)) {
      watched[1].fd = -1;  // closed its output, and goes on
    }
  }
}

// What stands in the pipe now: its end may never come.
void ReadTheRest(int pipe, std::string* output) {
  int available = 0;
  if (ioctl(pipe, FIONREAD, &available) == -1) ThrowErrno("FIONREAD");
  const size_t end = output->size() + static_cast<size_t>(available);
  while (output->size() < end && ReadSome(pipe, end - output->size(), output)) {
  }
}

}  // namespace

ProcessEnd RunProcess(const ProcessOptions& options) {
  const Clock::time_point deadline = Clock::now() + options.timeout;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) == -1) ThrowErrno("pipe");
  const Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  const pid_t pid = Spawn(options, input.get());
  Running running(pid);
  input.Close();
  const Descriptor process(OpenPidfd(pid));
  if (process.get() == -1) ThrowErrno("pidfd_open");

  ProcessEnd end;
  end.timed_out =
      !ReadUntilEnd(process.get(), output.get(), deadline, &end.output);
  const int status = running.KillAndReap();
  if (status == -1) ThrowErrno("wait for the child");
  ReadTheRest(output.get(), &end.output);
  if (WIFEXITED(status)) {
    end.exit_code = WEXITSTATUS(status);
  } else {
    end.signal = WTERMSIG(status);
  }
  return end;
}

}  // namespace leaktrap::child
