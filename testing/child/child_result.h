// What a test binary did when it was run.

#ifndef LEAKTRAP_TESTING_CHILD_CHILD_RESULT_H_
#define LEAKTRAP_TESTING_CHILD_CHILD_RESULT_H_

#include <iosfwd>
#include <string>
#include <vector>

namespace leaktrap::child {

// One test of the child, as its XML tells.
struct TestResult {
  std::string suite;
  std::string name;
  bool ran = false;  // false for a disabled one
  bool skipped = false;
  // The whole text of each failure, "file:line" first.
  std::vector<std::string> failures;

  std::string full_name() const { return suite + "." + name; }
  bool failed() const { return !failures.empty(); }
};

struct ChildResult {
  int exit_code = -1;  // -1 when a signal ended it
  int signal = 0;      // 0 when it exited
  bool timed_out = false;

  // What it wrote to stdout and stderr, in the order of writing.
  std::string console;

  // Whether the child left an XML. The rest is empty without one.
  bool has_xml = false;
  std::vector<TestResult> tests;
  // Failures raised outside any test: in an environment, or by a listener
  // after the last test.
  std::vector<std::string> failures_outside_tests;

  // The test "Suite.Name"; null when the XML does not have it.
  const TestResult* Find(const std::string& full_name) const;

  // The same, but throws std::out_of_range, with the console in its text, for
  // a test that the XML does not have.
  const TestResult& Test(const std::string& full_name) const;
  bool Failed(const std::string& full_name) const {
    return Test(full_name).failed();
  }
};

// How it ended, each test, the console: GoogleTest prints it when an
// expectation about the child fails.
std::ostream& operator<<(std::ostream& os, const ChildResult& result);

}  // namespace leaktrap::child

#endif  // LEAKTRAP_TESTING_CHILD_CHILD_RESULT_H_
