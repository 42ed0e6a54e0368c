// Every expectation holds, and yet it fails: a thread and a descriptor stay.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

TEST(Leaking, ForgetsAThread) {
  static std::promise<void> never;
  std::thread([] { never.get_future().wait(); }).detach();  // leaks a thread
}

TEST(Leaking, ForgetsADescriptor) {
  EXPECT_GE(open("/dev/null", O_RDONLY), 0);  // leaks a descriptor
}
