// Things that are released some time after their test has ended.
//
// A test that is clean because nothing was there, or because nobody looked,
// shows nothing. So what is late begins to end in the fixture's destructor,
// which is the last that a test can do before it is checked, and must have
// ended when the check is over.

#ifndef LEAKTRAP_SETTLING_LATE_H_
#define LEAKTRAP_SETTLING_LATE_H_

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace leaktrap {

inline constexpr std::chrono::milliseconds kLate(400);

inline bool IsOpen(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }

class LateTest : public testing::Test {
 public:
  static void TearDownTestSuite() {
    CheckThatTheLastEnded();
    EXPECT_THAT(not_waited_for_, testing::IsEmpty());
    not_waited_for_.clear();
  }

 protected:
  LateTest() { CheckThatTheLastEnded(); }
  ~LateTest() override {
    if (begin_to_end_) begin_to_end_();
  }

  // `begin_to_end` starts what takes kLate. `has_ended` is called once, after
  // the test was checked.
  void EndsLate(std::function<void()> begin_to_end,
                std::function<bool()> has_ended) {
    begin_to_end_ = std::move(begin_to_end);
    last_test_ = testing::UnitTest::GetInstance()->current_test_info()->name();
    last_has_ended_ = std::move(has_ended);
  }

 private:
  static void CheckThatTheLastEnded() {
    if (last_has_ended_ && !last_has_ended_()) {
      not_waited_for_.push_back(last_test_);
    }
    last_has_ended_ = nullptr;
  }

  inline static std::string last_test_;
  inline static std::function<bool()> last_has_ended_;
  inline static std::vector<std::string> not_waited_for_;

  std::function<void()> begin_to_end_;
};

// A child process that ends kLate after it was told to, or after this process
// has ended. `at_end` is the last that it does.
class LateChild {
 public:
  explicit LateChild(const std::function<void()>& at_end = [] {}) {
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0) Throw("pipe2");
    pid_ = fork();
    if (pid_ == 0) {
      close(go[1]);
      char byte;
      while (read(go[0], &byte, 1) < 0 && errno == EINTR) {
      }
      std::this_thread::sleep_for(kLate);
      at_end();
      _exit(0);
    }
    close(go[0]);
    go_ = go[1];
    if (pid_ < 0) Throw("fork");
  }

  pid_t pid() const { return pid_; }
  void BeginToEnd() { close(go_); }

 private:
  [[noreturn]] static void Throw(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
  }

  pid_t pid_ = -1;
  int go_ = -1;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_SETTLING_LATE_H_
