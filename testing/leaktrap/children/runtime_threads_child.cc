// Threads that the C library starts for itself, in a hundred tests each.

#include <aio.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "children/parking.h"
#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"

namespace {

class Many : public testing::TestWithParam<int> {};

TEST_P(Many, LookUpAnAddress) {
  gaicb request = {};
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  request.ar_name = "127.0.0.1";
  request.ar_request = &hints;
  gaicb* list[] = {&request};
  ASSERT_EQ(getaddrinfo_a(GAI_WAIT, list, 1, nullptr), 0);
  freeaddrinfo(request.ar_result);
}

TEST_P(Many, ReadAFile) {
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  char byte;
  aiocb request = {};
  request.aio_fildes = fd;
  request.aio_buf = &byte;
  request.aio_nbytes = 1;
  ASSERT_EQ(aio_read(&request), 0);
  const aiocb* list[] = {&request};
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, nullptr);
  EXPECT_EQ(aio_return(&request), 1);
  close(fd);
}

TEST_P(Many, WaitForATimer) {
  static std::atomic<pid_t> tid;
  tid = 0;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { tid = gettid(); };
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  itimerspec soon = {};
  soon.it_value.tv_nsec = 1000;
  ASSERT_EQ(timer_settime(timer, 0, &soon, nullptr), 0);
  while (tid == 0) usleep(100);
  leaktrap::children::AwaitEndOf(tid);
  timer_delete(timer);
}

// What such a thread does for the program is the program's.
TEST(Callback, NeverReturns) {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) {
    for (;;) pause();
  };
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  itimerspec soon = {};
  soon.it_value.tv_nsec = 1000;
  ASSERT_EQ(timer_settime(timer, 0, &soon, nullptr), 0);
  struct stat tasks;
  do {
    ASSERT_EQ(stat("/proc/self/task", &tasks), 0);
    timespec rest = {0, 1'000'000};
    nanosleep(&rest, nullptr);
  } while (tasks.st_nlink < 2 + 3);  // this one, the timers', the callback's
  timer_delete(timer);
}

INSTANTIATE_TEST_SUITE_P(Times, Many, testing::Range(0, 100));

}  // namespace
