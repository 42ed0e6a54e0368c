#include "child/child_result.h"

#include <ostream>
#include <sstream>
#include <stdexcept>

namespace leaktrap::child {
namespace {

const char* Verdict(const TestResult& test) {
  if (test.failed()) return "failed";
  if (test.skipped) return "skipped";
  return test.ran ? "passed" : "not run";
}

}  // namespace

const TestResult* ChildResult::Find(const std::string& full_name) const {
  for (const TestResult& test : tests) {
    if (test.full_name() == full_name) return &test;
  }
  return nullptr;
}

const TestResult& ChildResult::Test(const std::string& full_name) const {
  if (const TestResult* test = Find(full_name)) return *test;
  std::ostringstream message;
  message << "no test " << full_name << " in a child that " << *this;
  throw std::out_of_range(message.str());
}

std::ostream& operator<<(std::ostream& os, const ChildResult& result) {
  if (result.timed_out) {
    os << "ran out of time";
  } else if (result.signal != 0) {
    os << "was killed by signal " << result.signal;
  } else {
    os << "exited with " << result.exit_code;
  }
  if (!result.has_xml) os << " and left no XML";
  for (const TestResult& test : result.tests) {
    os << "\n  " << test.full_name() << ": " << Verdict(test);
  }
  for (const std::string& failure : result.failures_outside_tests) {
    os << "\n  failure outside tests: " << failure;
  }
  return os << "\n---- console ----\n" << result.console << "\n---- end ----\n";
}

}  // namespace leaktrap::child
