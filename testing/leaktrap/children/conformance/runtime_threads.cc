// Threads that the C library makes for itself, and runs on: nobody's leak. What
// they run for the program is the program's.

#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "children/conformance/way.h"
#include "children/parking.h"

namespace leaktrap::conformance {
namespace {

using children::Parking;

constexpr char kTable[] = "Runtime";

WAY(getaddrinfo_a, kNothing, "", "by itself, after a second") {
  static gaicb request = {};
  static addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  request.ar_name = "127.0.0.1";
  request.ar_request = &hints;
  gaicb* list[] = {&request};
  if (getaddrinfo_a(GAI_WAIT, list, 1, nullptr) != 0) return nullptr;
  freeaddrinfo(request.ar_result);
  return Nothing();
}

WAY(aio_read, kNothing, "", "by itself, after a second") {
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  static char byte;
  static aiocb request;
  request = {};
  request.aio_fildes = fd;
  request.aio_buf = &byte;
  request.aio_nbytes = 1;
  if (aio_read(&request) != 0) return nullptr;
  const aiocb* const list[] = {&request};
  while (aio_error(&request) == EINPROGRESS) aio_suspend(list, 1, nullptr);
  aio_return(&request);
  close(fd);
  return Nothing();
}

// Its thread serves all queues, and has a socket to hear of them.
WAY_IF_THERE(mq_notify_thread, kDescriptor, "", "") {
  constexpr char kName[] = "/leaktrap-conformance-notify";
  const mqd_t queue = mq_open(kName, O_CREAT | O_RDWR, 0600, nullptr);
  if (queue == -1) return nullptr;
  mq_unlink(kName);
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) {};
  const int notified = mq_notify(queue, &event);
  const int error = errno;
  mq_close(queue);
  errno = error;
  return notified == 0 ? Nothing() : nullptr;
}

// Gives its timer, which calls `function` at once.
timer_t StartTimer(void (*function)(sigval), void* argument) {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = function;
  event.sigev_value.sival_ptr = argument;
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  itimerspec soon = {};
  soon.it_value.tv_nsec = 1;
  timer_settime(timer, 0, &soon, nullptr);
  return timer;
}

WAY(timer_thread, kNothing, "", "never: it serves all timers") {
  static std::atomic<pid_t> tid;
  tid = 0;
  const timer_t timer = StartTimer([](sigval) { tid = gettid(); }, nullptr);
  while (tid == 0) usleep(100);
  children::AwaitEndOf(tid);
  timer_delete(timer);
  return Nothing();
}

struct Callback {
  Parking begun;
  Parking over;
};

WAY(timer_callback_that_stays, kThread, "", "its end") {
  auto* const callback = new Callback;
  const timer_t timer = StartTimer(
      [](sigval value) {
        auto* const self = static_cast<Callback*>(value.sival_ptr);
        self->begun.Open();
        self->over.Park();
      },
      callback);
  callback->begun.Park();
  timer_delete(timer);
  return [callback] { callback->over.Open(); };
}

}  // namespace
}  // namespace leaktrap::conformance
