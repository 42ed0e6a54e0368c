// Fails a test that leaves a descriptor or a child behind, or saw SIGCHLD.

#ifndef LEAKTRAP_STACK_LEFT_BEHIND_FOR_TEST_H_
#define LEAKTRAP_STACK_LEFT_BEHIND_FOR_TEST_H_

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap::internal {

class LeavesNothingTest : public testing::Test {
 protected:
  LeavesNothingTest() {
    seen_ = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) { ++seen_; };
    sigaction(SIGCHLD, &action, &before_);
    open_ = OpenDescriptors();
  }
  ~LeavesNothingTest() override {
    EXPECT_EQ(OpenDescriptors(), open_);
    siginfo_t info;
    const int options = WEXITED | WNOHANG | WNOWAIT | __WALL;
    EXPECT_EQ(waitid(P_ALL, 0, &info, options), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(seen_, 0) << "SIGCHLD came";
    sigaction(SIGCHLD, &before_, nullptr);
  }

  // An executable script with this text, in the test's own folder.
  static std::string Script(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + "/" + name;
    unlink(path.c_str());
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
    return path;
  }

  static std::string Content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

 private:
  // Needs none itself, so nothing of the look is in it.
  static std::vector<int> OpenDescriptors() {
    std::vector<int> open;
    for (int i = 0; i < 1024; ++i) {
      if (fcntl(i, F_GETFD) != -1) open.push_back(i);
    }
    return open;
  }

  inline static std::atomic<int> seen_{0};
  struct sigaction before_;
  std::vector<int> open_;
};

// No descriptor may be opened while it lives.
class NoDescriptorLeft {
 public:
  NoDescriptorLeft() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  NoDescriptorLeft(const NoDescriptorLeft&) = delete;
  NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;
  ~NoDescriptorLeft() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_;
};

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_LEFT_BEHIND_FOR_TEST_H_
