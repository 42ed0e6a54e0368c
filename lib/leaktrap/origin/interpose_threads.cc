// Threads: created, joined, detached.

#include <pthread.h>
#include <threads.h>
#include <time.h>

#include <utility>

#include "leaktrap/origin/next_function.h"
#include "leaktrap/origin/thread_ledger.h"

LEAKTRAP_NEXT(pthread_create)
LEAKTRAP_NEXT(pthread_join)
LEAKTRAP_NEXT(pthread_tryjoin_np)
LEAKTRAP_NEXT(pthread_timedjoin_np)
LEAKTRAP_NEXT(pthread_clockjoin_np)
LEAKTRAP_NEXT(pthread_detach)
LEAKTRAP_NEXT(thrd_create)
LEAKTRAP_NEXT(thrd_join)
LEAKTRAP_NEXT(thrd_detach)

namespace leaktrap::internal {

static bool StartsDetached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED;
}

// A call that lets go of the thread of `handle`. It has failed unless it was
// said to have succeeded; a join that is cancelled fails by unwinding.
class Releasing {
 public:
  explicit Releasing(pthread_t handle) : record_(BeginRelease(handle)) {}
  Releasing(const Releasing&) = delete;
  Releasing& operator=(const Releasing&) = delete;
  ~Releasing() { CancelRelease(record_); }

  // The record, which the caller marks.
  ThreadRecord* Succeed() { return std::exchange(record_, nullptr); }

 private:
  ThreadRecord* record_;
};

// `join` gives 0 when it has joined the thread of that handle.
template <typename Join>
static int JoinRecorded(pthread_t handle, const void* caller, Join join) {
  Releasing releasing(handle);
  const int error = join();
  if (error == 0) MarkJoined(releasing.Succeed(), caller);
  return error;
}

template <typename Detach>
static int DetachRecorded(pthread_t handle, Detach detach) {
  Releasing releasing(handle);
  const int error = detach();
  if (error == 0) MarkDetached(releasing.Succeed());
  return error;
}

LEAKTRAP_INTERPOSED int pthread_create(pthread_t* handle,
                                       const pthread_attr_t* attributes,
                                       void* (*function)(void*),
                                       void* argument) noexcept {
  ThreadRecord* const record =
      BeginThread(LEAKTRAP_CALL_SITE("pthread_create"),
                  {reinterpret_cast<void (*)()>(function), argument},
                  StartsDetached(attributes));
  if (record == nullptr) {
    return next_pthread_create.Get()(handle, attributes, function, argument);
  }
  const int error =
      next_pthread_create.Get()(handle, attributes, RunRecordedThread, record);
  if (error == 0) {
    EndThread(record, handle);
  } else {
    CancelThread(record);
  }
  return error;
}

LEAKTRAP_INTERPOSED int pthread_join(pthread_t handle, void** result) {
  return JoinRecorded(handle, __builtin_return_address(0),
                      [&] { return next_pthread_join.Get()(handle, result); });
}

LEAKTRAP_INTERPOSED int pthread_tryjoin_np(pthread_t handle,
                                           void** result) noexcept {
  return JoinRecorded(handle, __builtin_return_address(0), [&] {
    return next_pthread_tryjoin_np.Get()(handle, result);
  });
}

LEAKTRAP_INTERPOSED int pthread_timedjoin_np(pthread_t handle, void** result,
                                             const timespec* until) {
  return JoinRecorded(handle, __builtin_return_address(0), [&] {
    return next_pthread_timedjoin_np.Get()(handle, result, until);
  });
}

LEAKTRAP_INTERPOSED int pthread_clockjoin_np(pthread_t handle, void** result,
                                             clockid_t clock,
                                             const timespec* until) {
  return JoinRecorded(handle, __builtin_return_address(0), [&] {
    return next_pthread_clockjoin_np.Get()(handle, result, clock, until);
  });
}

LEAKTRAP_INTERPOSED int pthread_detach(pthread_t handle) noexcept {
  return DetachRecorded(handle,
                        [&] { return next_pthread_detach.Get()(handle); });
}

LEAKTRAP_INTERPOSED int thrd_create(thrd_t* handle, thrd_start_t function,
                                    void* argument) {
  ThreadRecord* const record =
      BeginThread(LEAKTRAP_CALL_SITE("thrd_create"),
                  {reinterpret_cast<void (*)()>(function), argument}, false);
  if (record == nullptr) {
    return next_thrd_create.Get()(handle, function, argument);
  }
  const int result =
      next_thrd_create.Get()(handle, RunRecordedC11Thread, record);
  if (result == thrd_success) {
    EndThread(record, handle);
  } else {
    CancelThread(record);
  }
  return result;
}

LEAKTRAP_INTERPOSED int thrd_join(thrd_t handle, int* result) {
  return JoinRecorded(handle, __builtin_return_address(0),
                      [&] { return next_thrd_join.Get()(handle, result); });
}

LEAKTRAP_INTERPOSED int thrd_detach(thrd_t handle) {
  return DetachRecorded(handle, [&] { return next_thrd_detach.Get()(handle); });
}

}  // namespace leaktrap::internal
