// Two processes that never rest, for as long as the tests of the binary run:
// beside them threads end later, and looks are interrupted.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"

namespace leaktrap {
namespace {

class BusyLoops : public testing::Environment {
 public:
  void SetUp() override {
    const pid_t parent = getpid();
    for (int i = 0; i < 2; ++i) {
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
