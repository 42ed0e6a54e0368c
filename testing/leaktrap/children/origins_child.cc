// What only the recorder can tell, and what it adds to the rest.

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

using leaktrap::children::Parking;

__attribute__((noinline)) int OpenNull() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0);
  return fd;
}

// Not inlined, so that each is a place of its own.
__attribute__((noinline)) int OpenLog() { return OpenNull(); }
__attribute__((noinline)) int OpenCache() { return OpenNull(); }

TEST(Thread, FinishedAndNotJoined) {
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void*) -> void* {
                  pthread_setname_np(pthread_self(), "short-lived");
                  return nullptr;
                },
                nullptr),
            0);
}

TEST(Thread, FinishedAndDetached) {
  std::thread([] {}).detach();
}

TEST(Thread, FinishedAndJoined) {
  std::thread([] {}).join();
}

// The suite's thread ends during a test, and is joined by the suite.
class SuiteThread : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    thread_ = new std::thread([] { parking_.Park(); });
  }
  static void TearDownTestSuite() {
    thread_->join();
    delete thread_;
  }

  static inline Parking parking_;
  static inline std::thread* thread_;
};

TEST_F(SuiteThread, EndsInATest) { parking_.Open(); }
TEST_F(SuiteThread, HasEnded) {}

// What the suite has, tests close and open again.
class SuiteDescriptor : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    event_ = eventfd(0, EFD_CLOEXEC);
    log_ = OpenLog();
    cache_ = OpenCache();
  }
  static void TearDownTestSuite() {
    for (int fd : {event_, log_, cache_}) close(fd);
  }

  static inline int event_;
  static inline int log_;
  static inline int cache_;
};

TEST_F(SuiteDescriptor, EventfdMadeAnewAtItsNumber) {
  close(event_);
  ASSERT_EQ(eventfd(0, EFD_CLOEXEC), event_);
}

TEST_F(SuiteDescriptor, FileMadeAnewByAnother) {
  close(log_);
  ASSERT_EQ(OpenCache(), log_);
}

TEST_F(SuiteDescriptor, ClosedOnly) { close(cache_); }

TEST_F(SuiteDescriptor, DuplicatedOverAndPutBack) {
  const int saved = dup(log_);
  const int other = OpenNull();
  ASSERT_EQ(dup2(other, log_), log_);
  ASSERT_EQ(dup2(saved, log_), log_);
  close(saved);
  close(other);
}

// One thing of a program's, which it renews now and then.
class Log {
 public:
  __attribute__((noinline)) void Open() {
    if (fd_ >= 0) close(fd_);
    fd_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  }
  void Close() { close(fd_); }

 private:
  int fd_ = -1;
};

Log* const program_log = new Log;

TEST(Replacement, BySameStack) {
  // The same line, called twice: before the scope, and in it.
  std::unique_ptr<leaktrap::LeakScope> scope;
  volatile int round = 0;  // or an optimizing compiler makes it two calls
  for (; round < 2; round = round + 1) {
    program_log->Open();
    if (round == 0) {
      scope = std::make_unique<leaktrap::LeakScope>(__FILE__, __LINE__,
                                                    leaktrap::Options());
    }
  }
}

class Rotated : public testing::Test {
 protected:
  static void SetUpTestSuite() { log_.Open(); }
  static void TearDownTestSuite() {
    if (getenv("ROTATED_FOR_GOOD") == nullptr) log_.Close();
  }
  static inline Log log_;
};

TEST_F(Rotated, InAScopeThatAllowsIt) {
  VERIFY_NO_LEAKS(leaktrap::Options().AllowReplacement(
      leaktrap::Kind::kDescriptor, "/dev/null", "it is rotated"));
  log_.Open();
}

TEST(TwiceClosed, ByTheTest) {
  const int fd = OpenNull();
  close(fd);
  EXPECT_EQ(close(fd), -1);
}

// A leaked thread goes on to leak for others.
Parking* const first_step = new Parking;
Parking* const second_step = new Parking;
Parking* const done = new Parking;

TEST(Descent, LeaksAThread) {
  std::thread([] {
    first_step->Park();
    OpenNull();
    std::thread([] {
      OpenNull();
      done->Open();
      second_step->Park();
    }).detach();
    second_step->Park();
  }).detach();
}

TEST(Descent, IsChargedWithItsOwnOnly) {
  first_step->Open();
  done->Park();
}

int kept = -1;
TEST(Late, Leaks) { kept = OpenNull(); }
TEST(Late, Releases) { close(kept); }

TEST(Rule, IgnoresByCreator) {
  VERIFY_NO_LEAKS(
      leaktrap::Options().IgnoreCreatedBy("*OpenCache", "kept for good"));
  OpenCache();
}

}  // namespace
