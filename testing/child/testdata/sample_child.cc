// A test binary of every fate: child_test runs it, one fate at a time.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "gtest/gtest.h"

namespace {

void Write(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) == -1) std::abort();
}

[[noreturn]] void SleepForever() {
  while (true) pause();
}

TEST(Sample, Passes) {}

TEST(Sample, Fails) {
  ADD_FAILURE() << "first & <foremost> ]]> end";
  ADD_FAILURE() << "second\nof two lines";
}

TEST(Sample, Skips) { GTEST_SKIP() << "no reason"; }

TEST(Sample, DISABLED_Disabled) { FAIL(); }

TEST(Sample, Aborts) {
  Write(1, "about to abort\n");
  std::abort();
}

TEST(Sample, Exits3) { std::_Exit(3); }

TEST(Sample, Hangs) {
  Write(1, "about to hang\n");
  SleepForever();
}

TEST(Sample, HangsInTheCallersGroup) {
  ASSERT_EQ(setpgid(0, getpgid(getppid())), 0);
  Write(1, "about to hang\n");
  SleepForever();
}

TEST(Sample, ClosesItsOutputAndGoesOn) {
  close(1);
  close(2);
  usleep(100'000);
  std::_Exit(5);
}

TEST(Sample, WritesByTurns) {
  for (int i = 0; i < 100; ++i) {
    Write(1, "o");
    Write(2, "e");
  }
  Write(1, "\n");
}

TEST(Sample, WritesAMegabyte) {
  for (int i = 0; i < 1024; ++i) Write(i % 2 + 1, std::string(1024, 'x'));
  Write(1, "the end\n");
}

// A process of the child's group that holds its output, and a FIFO by which the
// test sees when it is gone.
TEST(Sample, LeavesAProcess) {
  const char* const fifo = getenv("SAMPLE_FIFO");
  ASSERT_NE(fifo, nullptr);
  const int fd = open(fifo, O_WRONLY);
  ASSERT_NE(fd, -1);
  const pid_t pid = fork();
  ASSERT_NE(pid, -1);
  if (pid == 0) {
    Write(fd, "x");
    SleepForever();
  }
  close(fd);
}

TEST(Sample, PrintsItsSurroundings) {
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) std::cout << "descriptor " << fd << "\n";
  }
  char byte;
  std::cout << "stdin gives " << read(0, &byte, 1) << "\n";
  std::cout << "leads its group: " << (getpgrp() == getpid()) << "\n";
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  struct sigaction pipe_action;
  sigaction(SIGPIPE, nullptr, &pipe_action);
  std::cout << "SIGUSR1 blocked: " << sigismember(&blocked, SIGUSR1) << "\n"
            << "SIGPIPE ignored: " << (pipe_action.sa_handler == SIG_IGN)
            << "\n";
  std::string directory(4096, '\0');
  ASSERT_NE(getcwd(directory.data(), directory.size()), nullptr);
  std::cout << "directory " << directory.c_str() << "\n";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::cout << "variable " << *entry << "\n";
  }
}

class FailingEnvironment : public testing::Environment {
 public:
  void TearDown() override { ADD_FAILURE() << "raised in TearDown"; }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bool spoil_xml = false;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--fail_in_environment") {
      testing::AddGlobalTestEnvironment(new FailingEnvironment);
    } else if (arg == "--spoil_xml") {
      spoil_xml = true;
    }
  }
  const int result = RUN_ALL_TESTS();
  if (spoil_xml) {
    const std::string output = testing::GTEST_FLAG(output);
    std::ofstream(output.substr(output.find(':') + 1)) << "<testsuites><tests";
  }
  return result;
}
