// A suite with a thread that renews its descriptor all the time.

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

class Churn : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    stop_ = false;
    thread_ = std::thread([] {
      std::array<int, 2> pipe_ends;
      int last = -1;
      while (!stop_) {
        if (pipe(pipe_ends.data()) != 0) continue;
        close(pipe_ends[1]);
        if (last >= 0) close(last);
        last = pipe_ends[0];
        running_ = true;
        usleep(5000);
      }
      close(last);
    });
    while (!running_) usleep(100);
  }
  static void TearDownTestSuite() {
    stop_ = true;
    thread_.join();
  }

  inline static std::atomic<bool> stop_;
  inline static std::atomic<bool> running_;
  inline static std::thread thread_;
};

TEST_F(Churn, First) { usleep(20000); }
TEST_F(Churn, Second) { usleep(20000); }

}  // namespace
