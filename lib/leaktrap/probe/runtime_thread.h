// Threads that the C library, the kernel and the runtimes of parallel loops
// start for themselves.
//
// getaddrinfo_a(3) keeps a helper for a second after the last look-up, aio(7)
// and timers with SIGEV_THREAD have theirs, an io_uring has workers; OpenMP and
// oneTBB keep theirs for as long as the program runs. No test made them, and
// none can join them.

#ifndef LEAKTRAP_PROBE_RUNTIME_THREAD_H_
#define LEAKTRAP_PROBE_RUNTIME_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "leaktrap/probe/task_stat.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/task_syscall.h"

namespace leaktrap::internal {

// The outermost frames of a thread that pthread_create(3) started: the C
// library's entry from the kernel, and its function around the thread's own.
// One that has no more has not come to its own function yet.
inline constexpr size_t kFramesAroundStart = 2;

// What thread `tid`, as /proc numbers it, does now. Does not interrupt it. One
// that runs is looked at `most_looks` times, a fifth of a millisecond apart.
// `stands`: where it is proven to stand still (StackOfThread).
Activity ActivityOf(uint64_t tid, int most_looks,
                    const TaskSyscall* stands = nullptr);

// Whether the kernel runs the thread for an io_uring.
bool IsKernelsWorker(const TaskStat& stat);

// Whether a thread with this stack, which is complete, was started with a
// function of the C library's own. Never in a program that is linked with
// -static: there all functions are the program's. (A program that starts a
// thread with such a function, or with one that ends in a tail call of one, is
// told apart by the recorder alone.)
bool StartsInCLibrary(const std::vector<uintptr_t>& stack);

// Whether all of this stack is in the C library and its plug-ins, which lie
// beside it. A thread that the C library started for a timer runs the program's
// own function when it is over.
bool StaysInCLibrary(const std::vector<uintptr_t>& stack);

// Whether a call that returns to this address was made by OpenMP's or oneTBB's
// shared object: GCC's libgomp, LLVM's libomp, Intel's libiomp5, libtbb.
bool IsInParallelRuntime(uintptr_t return_address);

// Whether a thread with this stack, which is complete, was started with a
// function of one of those. Nothing if it may not have come to that function
// yet, but is in the recorder's or a sanitizer's.
std::optional<bool> StartsInParallelRuntime(
    const std::vector<uintptr_t>& stack);

// Whether such a thread is in nothing else than that and the C library: it runs
// nothing of the program, and waits for more. (A function of the program's that
// ends in a call of one of these, and left no frame, is not seen.)
bool StaysInParallelRuntime(const std::vector<uintptr_t>& stack);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_RUNTIME_THREAD_H_
