// What this process runs under.

#ifndef LEAKTRAP_CHECK_SANITIZERS_H_
#define LEAKTRAP_CHECK_SANITIZERS_H_

namespace leaktrap::internal {

// ThreadSanitizer, whose runtime has a thread of its own.
bool RunsUnderTsan();

// A sanitizer or Valgrind: everything takes several times as long.
bool RunsSlowly();

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_CHECK_SANITIZERS_H_
