// VERIFY_NO_LEAKS(): checks a part of a test where that part ends.
//
//   TEST(Crawler, ClosesEachBody) {
//     Crawler crawler;
//     {
//       VERIFY_NO_LEAKS(leaktrap::Options().MaxLeased("http", 4));
//       crawler.FetchAll();
//     }
//     EXPECT_NO_LEAKS(crawler.FetchOne());
//   }
//
// Objects that are declared above it are still alive when it looks.

#ifndef LEAKTRAP_LEAK_SCOPE_H_
#define LEAKTRAP_LEAK_SCOPE_H_

#include <memory>

#include "leaktrap/check/options.h"

namespace leaktrap {

// Takes a snapshot when it is made and fails the test by what is left more when
// it dies. What it has reported, the test's own end does not report again.
//
// To be used by VERIFY_NO_LEAKS, on the thread that runs the test; elsewhere,
// outside a test, or in a forked child, it fails in words. After a failure of
// the test's own, and in a skipped test, it prints what is left and does not
// fail. Left by an exception it only prints too, and what is still there when
// the test ends is judged then.
class [[nodiscard]] LeakScope {
 public:
  LeakScope(const char* file, int line, const Options& options);
  ~LeakScope();

  LeakScope(const LeakScope&) = delete;
  LeakScope& operator=(const LeakScope&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leaktrap

// From here to the end of the enclosing block, nothing may be left behind:
//
//   VERIFY_NO_LEAKS();
//   VERIFY_NO_LEAKS(leaktrap::Options().Linger(std::chrono::seconds(5)));
//
// Objects that are declared above it are still alive when it looks.
#define VERIFY_NO_LEAKS(...)                          \
  const ::leaktrap::LeakScope LEAKTRAP_INTERNAL_NAME( \
      leaktrap_scope_, __LINE__)(__FILE__, __LINE__,  \
                                 ::leaktrap::Options{__VA_ARGS__})

// The same for one statement:
//
//   EXPECT_NO_LEAKS(client.IsHealthy());
#define EXPECT_NO_LEAKS(...) \
  do {                       \
    VERIFY_NO_LEAKS();       \
    __VA_ARGS__;             \
  } while (false)

#define LEAKTRAP_INTERNAL_NAME(prefix, line) \
  LEAKTRAP_INTERNAL_NAME_EXPANDED(prefix, line)
#define LEAKTRAP_INTERNAL_NAME_EXPANDED(prefix, line) prefix##line

#endif  // LEAKTRAP_LEAK_SCOPE_H_
