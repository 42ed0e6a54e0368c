// Two processes that never rest, or as many as SOAK_BUSY_LOOPS says, for as
// long as the tests of the binary run: beside them threads end later, and looks
// are interrupted.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

class BusyLoops : public testing::Environment {
 public:
  void SetUp() override {
    const pid_t parent = getpid();
    const char* const asked = std::getenv("SOAK_BUSY_LOOPS");
    const int loops = asked == nullptr ? 2 : std::atoi(asked);
    for (int i = 0; i < loops; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == parent) {
        }
        _exit(0);
      }
      ASSERT_GT(pid, 0);
      pids_.push_back(pid);
    }
  }
  void TearDown() override {
    for (const pid_t pid : pids_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> pids_;
};

[[maybe_unused]] const auto* const kBusyLoops =
    testing::AddGlobalTestEnvironment(new BusyLoops);

}  // namespace
}  // namespace leaktrap
