// Tests that leave thousands of threads or descriptors behind, made in two
// places.

#include <fcntl.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <thread>

#include "gtest/gtest.h"

namespace {

sem_t* NeverPosted() {
  static auto* const semaphore = [] {
    auto* const made = new sem_t;
    sem_init(made, 0, 0);
    return made;
  }();
  return semaphore;
}

void Wait() {
  while (sem_wait(NeverPosted()) != 0) {
  }
}

__attribute__((noinline)) void StartReader() { new std::thread(Wait); }
__attribute__((noinline)) void StartWriter() {
  new std::thread(Wait);
  asm("");  // or it is the same function
}
__attribute__((noinline)) int OpenNull() { return open("/dev/null", O_RDONLY); }
__attribute__((noinline)) int OpenEvent() { return eventfd(0, 0); }

TEST(Thousands, Threads) {
  for (int i = 0; i < 2000; ++i) {
    StartReader();
    if (i % 2 == 0) StartWriter();
  }
}

TEST(Thousands, Descriptors) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_GE(OpenNull(), 0);
    if (i % 2 == 0) {
      ASSERT_GE(OpenEvent(), 0);
    }
  }
}

// Nobody joins them, and none of them is there any more.
TEST(Thousands, FinishedThreads) {
  for (int i = 0; i < 2000; ++i) new std::thread([] {});
}

}  // namespace
