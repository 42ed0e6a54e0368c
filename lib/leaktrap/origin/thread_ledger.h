// Who made each thread, and what became of it: also of one that the kernel does
// not list any more, but that nobody joined.

#ifndef LEAKTRAP_ORIGIN_THREAD_LEDGER_H_
#define LEAKTRAP_ORIGIN_THREAD_LEDGER_H_

#include <pthread.h>

#include <array>
#include <cstdint>
#include <vector>

#include "leaktrap/origin/recording.h"

namespace leaktrap::internal {

struct ThreadRecord;

// The function that a thread is to run, with its argument.
// `function` is cast to the type that the run function below calls it by.
struct ThreadStart {
  void (*function)();
  void* argument;
};

// Lock-free, without a heap, but not for signal handlers: they may not create
// threads either.

// Before the call that creates a thread. Null if nothing is recorded; then the
// thread runs `start` itself. Errno is kept.
ThreadRecord* BeginThread(const CallSite& site, ThreadStart start,
                          bool detached);

// To create it with instead, and the record as the argument: `start.function`
// was a void*(void*), or for C11's threads an int(void*).
void* RunRecordedThread(void* record);
int RunRecordedC11Thread(void* record);

// After the call: the thread exists, and the call has stored this handle of it.
// It is not read any more once the thread runs, which may have freed it.
void EndThread(ThreadRecord* record, const pthread_t* handle);

// After the call: there is no thread.
void CancelThread(ThreadRecord* record);

// Before a call that joins or detaches the thread of that handle: after it the
// handle may belong to another. Null, which the next three take, if it is not
// known.
ThreadRecord* BeginRelease(pthread_t handle);

// After a call that did so, and returns to `caller`.
void MarkJoined(ThreadRecord* record, const void* caller);
void MarkDetached(ThreadRecord* record);

// After a call that did not.
void CancelRelease(ThreadRecord* record);

// What is charged with all that the calling thread makes; see Origin.
uint32_t ChargedTo();

struct RunningThread {
  CreationRecord made;
  ThreadRecord* record = nullptr;
  int tid = 0;  // the kernel's id of it
  bool is_detached = false;
};

// Those that have begun to run and have not finished, in any order.
std::vector<RunningThread> RunningThreads();

// From now on ChargedTo() is `charged_to` for that thread, if it still has its
// record, and for the threads that it makes from now on.
void Charge(const RunningThread& thread, uint32_t charged_to);

// A thread that came to its end, and was neither joined nor detached.
struct FinishedThread {
  CreationRecord made;
  const ThreadRecord* record = nullptr;
  int tid = 0;
  std::array<char, 16> name = {};  // as prctl(PR_GET_NAME) gave it at the end
};

std::vector<FinishedThread> FinishedThreads();

// Whether nobody has let go of it since.
bool IsStillFinished(const FinishedThread& thread);

// A thread that has not begun to run has its argument in a record alone, where
// LeakSanitizer does not look unless it is told to.
void ShowRecordsToLeakSanitizer();

// In the child of fork(2): no thread of the parent's is left but the caller.
void ForgetOtherThreads();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ORIGIN_THREAD_LEDGER_H_
