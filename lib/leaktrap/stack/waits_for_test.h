// Each way in which a thread can wait, in a function of its own.

#ifndef LEAKTRAP_STACK_WAITS_FOR_TEST_H_
#define LEAKTRAP_STACK_WAITS_FOR_TEST_H_

#include <ostream>
#include <string>
#include <vector>

namespace leaktrap::internal {

struct WaitForTest {
  const char* name;
  // Waits for what does not come, an hour at least; is on the stack meanwhile.
  void (*wait)();
  // By which system calls C libraries do it.
  std::vector<std::string> syscalls;
  // A function of the C library that is on the stack; nullptr where it jumps
  // on to one without a name.
  const char* function;
};

inline void PrintTo(const WaitForTest& wait, std::ostream* out) {
  *out << wait.name;
}

std::vector<WaitForTest> WaitsForTest();

// Before the first thread waits; the threads cannot be ended. What of it would
// outlive the process EndWaits() removes.
void PrepareWaits();
void EndWaits();

// Whether this machine's kernel has it.
bool IsPossible(const WaitForTest& wait);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_STACK_WAITS_FOR_TEST_H_
