// Leaks in numbers, and what Leaktrap does about them, for benchmarks.

#ifndef LEAKTRAP_LEAKING_CASE_H_
#define LEAKTRAP_LEAKING_CASE_H_

#include <semaphore.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "leaktrap/check/snapshot.h"
#include "leaktrap/lookout.h"

namespace leaktrap::internal {

// So many threads, made at two places in turn, each parked in a semaphore when
// the constructor returns. Lets them end and joins them when destroyed.
class ParkedThreads {
 public:
  explicit ParkedThreads(size_t count);
  ~ParkedThreads();

  ParkedThreads(const ParkedThreads&) = delete;
  ParkedThreads& operator=(const ParkedThreads&) = delete;

  bool complete() const { return threads_.size() == wanted_; }

 private:
  void StartReader();
  void StartWriter();

  const size_t wanted_;
  sem_t go_on_;
  std::vector<std::thread> threads_;
};

// So many descriptors of ten kinds in turn; less where there are no more.
class OpenDescriptors {
 public:
  explicit OpenDescriptors(size_t count);
  ~OpenDescriptors();

  OpenDescriptors(const OpenDescriptors&) = delete;
  OpenDescriptors& operator=(const OpenDescriptors&) = delete;

  bool complete() const { return descriptors_.size() == wanted_; }

 private:
  const size_t wanted_;
  std::vector<int> descriptors_;
};

// The process's own, ready to look; ends the process if it cannot.
Lookout& ReadyLookout();

// A verdict and its report, as a failing test gets them.
struct ToldLeaks {
  std::chrono::nanoseconds judged{0};      // the looks, the proof, the verdict
  std::chrono::nanoseconds told{0};        // the report, of known symbols
  std::chrono::nanoseconds symbolized{0};  // by a symbolizer that knew nothing
  std::chrono::nanoseconds waited{0};
  size_t leaks = 0;
  bool is_proven = false;
  std::string report;
};
ToldLeaks TellLeaks(const Snapshot& before);

// What has been allocated by operator new and not given back, in bytes; and the
// most that it ever was since the last ForgetPeak().
size_t AllocatedBytes();
size_t PeakBytes();
void ForgetPeak();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_LEAKING_CASE_H_
