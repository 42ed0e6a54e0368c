#include "child/child_matchers.h"

#include <algorithm>
#include <stdexcept>

namespace leaktrap::child {
namespace {

using ::testing::DescribeMatcher;
using ::testing::ExplainMatchResult;

// A test that is not in the XML, or XML that is not there, throws: Not(...)
// would be satisfied by a false.

MATCHER_P(Exits, code, "exited with " + std::to_string(code)) {
  return arg.signal == 0 && !arg.timed_out && arg.exit_code == code;
}

MATCHER_P(Dies, signal, "was killed by signal " + std::to_string(signal)) {
  return !arg.timed_out && arg.signal == signal;
}

MATCHER(RunsOutOfTime, "ran out of time") { return arg.timed_out; }

MATCHER(Passes, "exited with 0 after tests that all passed") {
  const auto ran = [](const TestResult& test) { return test.ran; };
  const auto failed = [](const TestResult& test) { return test.failed(); };
  return arg.exit_code == 0 && arg.has_xml &&
         arg.failures_outside_tests.empty() &&
         std::any_of(arg.tests.begin(), arg.tests.end(), ran) &&
         std::none_of(arg.tests.begin(), arg.tests.end(), failed);
}

MATCHER_P(HasPassed, name, "whose test " + name + " passed") {
  const TestResult& test = arg.Test(name);
  return test.ran && !test.skipped && !test.failed();
}

MATCHER_P(HasSkipped, name, "whose test " + name + " was skipped") {
  const TestResult& test = arg.Test(name);
  return test.skipped && !test.failed();
}

MATCHER_P2(HasFailed, name, failures,
           "whose test " + name + " failed, its failures " +
               DescribeMatcher<const std::vector<std::string>&>(failures)) {
  const TestResult& test = arg.Test(name);
  return test.failed() &&
         ExplainMatchResult(failures, test.failures, result_listener);
}

MATCHER_P(HasFailuresOutside, failures,
          "whose failures outside tests " +
              DescribeMatcher<const std::vector<std::string>&>(failures)) {
  if (!arg.has_xml) throw std::runtime_error("the child left no XML");
  return ExplainMatchResult(failures, arg.failures_outside_tests,
                            result_listener);
}

MATCHER_P(HasConsole, text,
          "whose console " + DescribeMatcher<const std::string&>(text)) {
  return text.Matches(arg.console);
}

}  // namespace

ChildMatcher ExitedWith(int exit_code) { return Exits(exit_code); }

ChildMatcher KilledBy(int signal) { return Dies(signal); }

ChildMatcher TimedOut() { return RunsOutOfTime(); }

ChildMatcher AllPassed() { return Passes(); }

ChildMatcher TestPassed(const std::string& full_name) {
  return HasPassed(full_name);
}

ChildMatcher TestSkipped(const std::string& full_name) {
  return HasSkipped(full_name);
}

ChildMatcher TestFailed(const std::string& full_name,
                        const FailuresMatcher& failures) {
  return HasFailed(full_name, failures);
}

ChildMatcher FailuresOutsideTests(const FailuresMatcher& failures) {
  return HasFailuresOutside(failures);
}

ChildMatcher Console(const TextMatcher& text) { return HasConsole(text); }

}  // namespace leaktrap::child
