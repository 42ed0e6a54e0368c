// What one test, or one suite, may leave behind, said where it is left.
//
//   TEST(Logger, Rotates) {
//     LEAKTRAP_ALLOW(leaktrap::Kind::kThread, 1, "the writer lives on");
//     Logger::Get().Rotate();
//   }
//   TEST(Logger, LosesItsFile) {
//     LEAKTRAP_EXPECT_LEAK(leaktrap::Kind::kDescriptor, 1, "to be mended");
//     Logger::Get().Lose();
//   }
//
// They stand in a test, in its fixture's constructor, SetUp() or TearDown(), or
// in SetUpTestSuite() or TearDownTestSuite(), and count for the innermost scope
// that is open there: a block behind VERIFY_NO_LEAKS, the test, or what the
// suite leaves outside its tests. Several of one kind in one scope add up, also
// with a count that the scope was opened with; what the scopes around forgive
// of that kind by count does not hold in it.

#ifndef LEAKTRAP_ALLOW_H_
#define LEAKTRAP_ALLOW_H_

#include <string>

#include "leaktrap/resource/kind.h"

// Up to `n` leaks of `kind` are printed and do not fail. With more than that,
// all of them are leaks. One that matched nothing in the whole run is listed as
// a rule without use.
//
// `n` is at least 1, and `reason`, a string, is not empty; else, and on another
// thread than the test's, in a forked child, or where nothing is checked, it
// fails in words.
#define LEAKTRAP_ALLOW(kind, n, reason)                                     \
  ::leaktrap::internal::Allow(::leaktrap::internal::Allowed::kUpTo, (kind), \
                              (n), (reason), __FILE__, __LINE__)

// The same, and fewer fail too: exactly `n` leaks of `kind` have to be left.
// What ends within the linger time is no leak, so they are waited for in full.
// A test that failed before or was skipped is only told that there were fewer;
// where `kind` is not looked for (Mode::kOff), it is told that nobody can say.
#define LEAKTRAP_EXPECT_LEAK(kind, n, reason)                                  \
  ::leaktrap::internal::Allow(::leaktrap::internal::Allowed::kExactly, (kind), \
                              (n), (reason), __FILE__, __LINE__)

namespace leaktrap::internal {

enum class Allowed { kUpTo, kExactly };

void Allow(Allowed allowed, Kind kind, int n, const std::string& reason,
           const char* file, int line);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_ALLOW_H_
