// Runs children/passing_child.cc for passing_test_benchmark.

#ifndef LEAKTRAP_PASSING_CASE_H_
#define LEAKTRAP_PASSING_CASE_H_

namespace leaktrap::internal {

// What looks at each test, from nothing at all, not even GoogleTest's printing,
// on. All but the first print as GoogleTest does.
enum class Looker {
  kSilent,
  kNobody,
  kScan,   // getdents64 of both folders, before and after a test
  kNaive,  // all that is to be known of each, before and after a test
  kLeaktrap,
  kLeaktrapWithoutRecorder,
};

// What is there from before the first test on.
struct Crowd {
  int descriptors = 0;
  int threads = 0;
  int leases = 0;
};

struct PassingRun {
  double nanoseconds_per_test = 0;
  double wall_seconds = 0;  // of the whole program
};

// Runs so many empty tests in a program of its own. Throws std::runtime_error
// if it could not be run, or a test failed.
PassingRun RunPassingTests(Looker looker, const Crowd& crowd, int tests);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PASSING_CASE_H_
